sessions, tasks by day
sessions ▁▁▁▁▁█▁▁▁▁▁▁▁▁ 0 to 1
tasks    ▁▁▁▁▁█▁▁▁▁▁▁█▁ 0 to 1
         2026-10-07 to 2026-10-20

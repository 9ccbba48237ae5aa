percent by topic
Dim the lamp at dawn     █████████████████████████████████████████████████ 100.0
Plan walking routes      ████████████████████████████████▋ 66.7
Render map tiles         █████████████████████████████████████████████████ 100.0
Siren that wakes keepers ███████████████████▋ 40.0
Label the streets        ████████████▎ 25.0

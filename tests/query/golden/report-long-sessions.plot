hours by topic
Siren that wakes keepers █████████████████████████████████████████████████ 149.0
Render map tiles         ██████████████████▍ 56.0
Plan walking routes      ████████████████▊ 51.0
Dim the lamp at dawn     ███████▉ 24.0
A legend for the map     ███████▎ 22.0
Label the streets        ████ 12.0
How fog scatters light   ███ 9.0

"""Will the day itself work: sign-in rehearsal, events replay, and the watch afterwards."""

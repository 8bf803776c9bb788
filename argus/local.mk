# The probe

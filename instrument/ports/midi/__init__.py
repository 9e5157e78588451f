"""MIDI ports: opened, listed, watched for plugging, measured."""

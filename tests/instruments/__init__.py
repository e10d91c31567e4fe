"""What tests and the demo measure and call with: phones, softphones, audio."""

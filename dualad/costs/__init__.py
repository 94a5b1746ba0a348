"""What a derivative costs: what ran, the operations counted, the time predicted and measured."""

// Runs seeds of the simulation.
return 0;

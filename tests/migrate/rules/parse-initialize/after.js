var a = 1; 

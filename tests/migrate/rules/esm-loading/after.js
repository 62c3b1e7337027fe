import './jobs.js';
import x from './x.js';

using Posthorn.Worker.CommandLine;

return await PosthornCommand.RunAsync(args);

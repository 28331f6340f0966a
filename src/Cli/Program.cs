using TurkishLlm.Cli;

using var signals = new Signals(Console.Error, launched: Environment.GetEnvironmentVariable(Launcher.Mark) is not null);
return await CommandLine.RunAsync(args, Console.Out, Console.Error, Environment.GetEnvironmentVariable("TURKISHLLM_COMMAND"), signals.Token);

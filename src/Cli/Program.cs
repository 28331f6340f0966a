using TurkishLlm.Cli;
using TurkishLlm.Kernels;

TorchLibrary.Register();
using var signals = new Signals(Console.Error, launched: Environment.GetEnvironmentVariable(Launcher.Mark) is not null);
var terminal = new ChatTerminal(Console.In, isInteractive: !Console.IsInputRedirected && !Console.IsOutputRedirected, signals.Divert);
return await CommandLine.RunAsync(args, Console.Out, Console.Error, Environment.GetEnvironmentVariable("TURKISHLLM_COMMAND"), terminal, signals.Token);

using System.Text;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Training;
using TurkishLlm.Files;
using TurkishLlm.Kernels.Native;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
TorchLibrary.Register();
using var signals = new SignalHandler(
    Console.Error, launched: Environment.GetEnvironmentVariable(Launcher.LaunchedVariable) is not null);
var terminal = new ChatTerminal(
    TextFile.OpenStandardInput(), isInteractive: !Console.IsInputRedirected && !Console.IsOutputRedirected,
    signals.InterceptInterrupt);
return await CommandLine.RunAsync(
    args, Console.Out, Console.Error, Environment.GetEnvironmentVariable("TURKISHLLM_COMMAND"), terminal, signals.Token);

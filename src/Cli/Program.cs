using System.Text;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Training;
using TurkishLlm.Files;
using TurkishLlm.Kernels.Native;

Console.OutputEncoding = Console.InputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
TorchLibrary.Register();
if (!Console.IsOutputRedirected) Console.SetOut(new HangUpTolerantWriter(Console.Out));
var errors = TextWriter.Synchronized(
    new ErrorWriter(new HangUpTolerantWriter(Console.Error), isTerminal: !Console.IsErrorRedirected));
using var signals = new SignalHandler(
    errors, args is ["train" or "launch" or "demo", ..] ? SignalHandler.SavingNotice : SignalHandler.StoppingNotice,
    launched: Environment.GetEnvironmentVariable(Launcher.LaunchedVariable) is not null);
var terminal = new ChatTerminal(
    TextFile.OpenStandardInput(), isInteractive: !Console.IsInputRedirected && !Console.IsOutputRedirected,
    signals.InterceptInterrupt, Console.IsInputRedirected);
return await CommandLine.RunAsync(
    args, Console.Out, errors, Environment.GetEnvironmentVariable("TURKISHLLM_COMMAND"), terminal, signals.Token);

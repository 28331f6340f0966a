using System.Globalization;
using TorchSharp;
using TurkishLlm.Cli;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Runs the program in the process of the test, as Program.cs does.</summary>
internal static class CommandLineRunner
{
    public static async Task<CommandLineResult> Run(params string[] arguments)
    {
        // The program uses the invariant culture (InvariantGlobalization); the test process may not.
        Thread.CurrentThread.CurrentCulture = CultureInfo.InvariantCulture;
        var (output, errors) = (new StringWriter(), new StringWriter());
        try
        {
            var code = await CommandLine.RunAsync(
                arguments, output, errors, program: null, cancellationToken: TestContext.Current.CancellationToken);
            return new CommandLineResult((ExitCode)code, output.ToString(), errors.ToString());
        }
        finally
        {
            torch.set_num_threads(1);      // plans may have asked for more
        }
    }
}

/// <summary>Result of a run.</summary>
internal sealed record CommandLineResult(ExitCode Code, string Output, string Errors)
{
    public string FirstError => Errors.Split(Environment.NewLine)[0];
}

using System.CommandLine;
using TurkishLlm.Cli.Commands;
using TurkishLlm.Model;
using TurkishLlm.Spec;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>The program: words in, text and an exit code out.</summary>
public static class CommandLine
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The words after the program's name.</param>
    /// <param name="output">Takes what was asked for.</param>
    /// <param name="errors">Takes what went wrong.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var parsed = Create(new Display(output)).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await errors.WriteLineAsync(error.Message);
            await errors.WriteLineAsync($"See: {HelpOf(parsed.CommandResult.Command)}");
            return (int)ExitCode.WrongInput;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("Interrupted.");
            return (int)ExitCode.Interrupted;
        }
        catch (Exception error)
        {
            var code = CodeOf(error);
            await errors.WriteLineAsync(code == ExitCode.Failed && error is not DivergenceException ? error.ToString() : error.Message);
            return (int)code;
        }
    }

    internal static RootCommand Create(Display display) =>
        new("Trains small Turkish language models from scratch. No run starts unless an executable specification holds.")
        {
            DemoCommand.Create(display),
            TokenizerCommand.Create(display),
            DataCommand.Create(display),
            TrainCommand.Create(display),
            EvaluateCommand.Create(display),
            GenerateCommand.Create(display),
            CheckpointCommand.Create(display),
            SpecCommand.Create(display),
            DoctorCommand.Create(display),
        };

    // What the user can mend is told in one paragraph; anything else is a fault of ours and shows where it happened.
    private static ExitCode CodeOf(Exception error) => error switch
    {
        GateClosedException => ExitCode.GateClosed,
        ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException or KeyNotFoundException => ExitCode.WrongInput,
        _ => ExitCode.Failed,
    };

    private static string HelpOf(Command command)
    {
        var path = new List<string>();
        for (var c = command; c is not RootCommand; c = (Command)c.Parents.First()) path.Insert(0, c.Name);
        return string.Join(' ', ["turkishllm", .. path, "--help"]);
    }
}

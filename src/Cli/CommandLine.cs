using System.CommandLine;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Checkpoints;
using TurkishLlm.Cli.Data;
using TurkishLlm.Cli.Demo;
using TurkishLlm.Cli.Doctor;
using TurkishLlm.Cli.Evaluation;
using TurkishLlm.Cli.Help;
using TurkishLlm.Cli.Memory;
using TurkishLlm.Cli.Pipeline;
using TurkishLlm.Cli.Preference;
using TurkishLlm.Cli.Rewards;
using TurkishLlm.Cli.Runs;
using TurkishLlm.Cli.Serving;
using TurkishLlm.Cli.Specification;
using TurkishLlm.Cli.Synthesis;
using TurkishLlm.Cli.Tasks;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Tokenization;
using TurkishLlm.Cli.Training;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Cli;

/// <summary>Entry point of the program: parses the arguments and runs the command.</summary>
public static class CommandLine
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">Command-line arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="errors">Standard error.</param>
    /// <param name="program">
    /// Command with which users run the program, for hints that can be pasted; null for <c>turkishllm</c>.
    /// </param>
    /// <param name="terminal">Standard input; null for an empty one.</param>
    /// <param name="cancellationToken">Cancels the command; a training run saves a checkpoint first.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter errors, string? program = null, ChatTerminal? terminal = null,
        CancellationToken cancellationToken = default)
    {
        if (InvalidArgument.Find(arguments) is { } invalid)
        {
            await errors.WriteLineAsync(invalid);
            return (int)ExitCode.InvalidInput;
        }
        var display = new Display(output, program ?? "turkishllm");
        string Adapt(string text) => CommandName.Adapt(text, display.Program);
        var parsed = Create(display, terminal).Parse(arguments);
        if (UsageProblems.Find(parsed) is { Count: > 0 } problems)
        {
            foreach (var problem in problems) errors.WriteLine(Adapt(problem));
            var path = UsageProblems.GetCommandPath(parsed.CommandResult.Command);
            errors.WriteLine($"See: {display.Program} {string.Join(' ', [.. path, "--help"])}");
            return (int)ExitCode.InvalidInput;
        }
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = output, Error = errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            errors.WriteLine("Interrupted.");
            return (int)ExitCode.Interrupted;
        }
        catch (IOException error) when (BrokenPipe.IsCauseOf(error))
        {
            return (int)ExitCode.Success;      // the reader of the output has read enough
        }
        catch (Exception thrown)
        {
            var error = GetCause(thrown);
            var code = GetExitCode(error);
            var isBug = code == ExitCode.Failed && !IsExpectedError(error);
            errors.WriteLine(isBug ? error.ToString() : Adapt(Format.RelativePaths(error.Message)));
            return (int)code;
        }
    }

    /// <summary>Creates all commands with their arguments, options and help.</summary>
    /// <param name="display">Output of the commands.</param>
    /// <param name="terminal">Standard input; null for an empty one.</param>
    public static RootCommand Create(Display display, ChatTerminal? terminal = null)
    {
        terminal ??= new ChatTerminal(TextReader.Null, isInteractive: false);
        var root = new RootCommand(
            "Train small Turkish language models from scratch. No run starts unless an executable specification " + "holds.")
        {
            DemoCommand.Create(display),
            TokenizerCommand.Create(display, terminal),
            DataCommand.Create(display),
            TrainCommand.Create(display),
            LaunchCommand.Create(display),
            PipelineCommand.Create(display),
            EvaluateCommand.Create(display),
            TaskCommand.Create(display),
            RewardCommand.Create(display),
            GenerateCommand.Create(display, terminal),
            ChatCommand.Create(display, terminal),
            ServeCommand.Create(display),
            RunsCommand.Create(display),
            CheckpointCommand.Create(display),
            SynthCommand.Create(display),
            PreferenceCommand.Create(display),
            SpecCommand.Create(display),
            MemoryCommand.Create(display),
            DoctorCommand.Create(display),
            CompletionCommand.Create(display),
            VersionCommand.Create(display),
        };
        ExampleHelpAction.Install(root, display.Program);
        var version = root.Options.OfType<VersionOption>().Single();
        version.Description = "Show versions.";
        version.Action = new VersionAction();
        return root;
    }

    // Errors that the user can fix are one paragraph; any other error is a bug and shows its stack trace.
    internal static ExitCode GetExitCode(Exception error) => error switch
    {
        RankStoppedException other => other.Code,
        OperationCanceledException => ExitCode.Interrupted,
        PlanGateClosedException => ExitCode.GateClosed,
        ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException
            or DllNotFoundException => ExitCode.InvalidInput,
        _ => ExitCode.Failed,
    };

    // If libtorch cannot be loaded, TorchSharp fails in a type initializer with a page of traces; this error suggests a fix.
    private static Exception GetCause(Exception error)
    {
        if (error is not TypeInitializationException) return error;
        try
        {
            TorchLibrary.Load();
            return error;
        }
        catch (DllNotFoundException missing)
        {
            return missing;
        }
    }

    private static bool IsExpectedError(Exception error) =>
        error is DivergenceException or LostRankException or RanksDifferException or RankStoppedException;
}

using System.CommandLine;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Checkpoints;
using TurkishLlm.Cli.Data;
using TurkishLlm.Cli.Demo;
using TurkishLlm.Cli.Doctor;
using TurkishLlm.Cli.Evaluation;
using TurkishLlm.Cli.Memory;
using TurkishLlm.Cli.Runs;
using TurkishLlm.Cli.Specification;
using TurkishLlm.Cli.Synthesis;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Tokenization;
using TurkishLlm.Cli.Training;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Cli;

/// <summary>The program: words in, text and an exit code out.</summary>
public static class CommandLine
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The words after the program's name.</param>
    /// <param name="output">Takes what was asked for.</param>
    /// <param name="errors">Takes what went wrong.</param>
    /// <param name="program">What users type to get here, for hints that can be pasted; null is <c>turkishllm</c>.</param>
    /// <param name="terminal">Where chat takes its lines from; null for the process's own input.</param>
    /// <param name="cancellationToken">Stops what runs; training is saved first.</param>
    public static async Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter errors, string? program = null, ChatTerminal? terminal = null, CancellationToken cancellationToken = default)
    {
        var display = new Display(output, program ?? "turkishllm");
        var parsed = Create(display, terminal).Parse(arguments);
        if (UsageProblems.Find(parsed) is { Count: > 0 } problems)
        {
            foreach (var problem in problems) await errors.WriteLineAsync(problem);
            await errors.WriteLineAsync($"See: {display.Program} {string.Join(' ', [.. UsageProblems.GetCommandPath(parsed.CommandResult.Command), "--help"])}");
            return (int)ExitCode.InvalidInput;
        }
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await errors.WriteLineAsync("Interrupted.");
            return (int)ExitCode.Interrupted;
        }
        catch (Exception thrown)
        {
            var error = GetCause(thrown);
            var code = GetExitCode(error);
            await errors.WriteLineAsync(code == ExitCode.Failed && !IsExpectedError(error) ? error.ToString() : Format.RelativePaths(error.Message));
            return (int)code;
        }
    }

    /// <summary>All verbs with their arguments, options and explanations.</summary>
    /// <param name="display">Where they write.</param>
    /// <param name="terminal">Where chat takes its lines from; null for the process's own input.</param>
    public static RootCommand Create(Display display, ChatTerminal? terminal = null) =>
        new("Trains small Turkish language models from scratch. No run starts unless an executable specification holds.")
        {
            DemoCommand.Create(display),
            TokenizerCommand.Create(display),
            DataCommand.Create(display),
            TrainCommand.Create(display),
            LaunchCommand.Create(display),
            EvaluateCommand.Create(display),
            GenerateCommand.Create(display),
            ChatCommand.Create(display, terminal ?? new ChatTerminal(Console.In, isInteractive: false)),
            RunsCommand.Create(display),
            CheckpointCommand.Create(display),
            SynthCommand.Create(display),
            SpecCommand.Create(display),
            MemoryCommand.Create(display),
            DoctorCommand.Create(display),
        };

    // What the user can mend is told in one paragraph; anything else is a fault of ours and shows where it happened.
    internal static ExitCode GetExitCode(Exception error) => error switch
    {
        RankStoppedException other => other.Code,
        OperationCanceledException => ExitCode.Interrupted,
        GateClosedException => ExitCode.GateClosed,
        ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException
            or DllNotFoundException => ExitCode.InvalidInput,
        _ => ExitCode.Failed,
    };

    // Where libtorch cannot be loaded, TorchSharp fails in a type initializer, with a page of traces; ours says what to do.
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

    private static bool IsExpectedError(Exception error) => error is DivergenceException or LostRankException or RanksDifferException or RankStoppedException;
}

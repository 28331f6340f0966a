using System.Globalization;
using System.Runtime.ExceptionServices;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Cli.Training;

/// <summary>What every process of a run does by itself before the first step: all of them go on, or none.</summary>
internal static class AllRanks
{
    /// <summary>Works, and waits for the others to have worked.</summary>
    /// <exception cref="RankStoppedException">Another process could not go on.</exception>
    /// <exception cref="LostRankException">Another process is gone.</exception>
    public static T Run<T>(IProcessGroup group, Func<T> work)
    {
        if (group.Context.WorldSize == 1) return work();
        var (result, error) = Try(work);
        var outcomes = group.AllGather(error is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{(int)CommandLine.GetExitCode(error.SourceException)} {error.SourceException.Message}"));
        for (var rank = 0; rank < outcomes.Count; rank++)
        {
            if (outcomes[rank].Length == 0) continue;
            if (rank == group.Context.Rank) error!.Throw();
            var (code, message) = (outcomes[rank].Split(' ', 2)[0], outcomes[rank].Split(' ', 2)[1]);
            throw new RankStoppedException((ExitCode)int.Parse(code, CultureInfo.InvariantCulture), $"Rank {rank} stopped: {message.ReplaceLineEndings("\n").Split('\n')[0]}");
        }
        return result;
    }

    private static (T Result, ExceptionDispatchInfo? Error) Try<T>(Func<T> work)
    {
        try
        {
            return (work(), null);
        }
        catch (Exception error)
        {
            return (default!, ExceptionDispatchInfo.Capture(error));
        }
    }
}

/// <summary>A process of a run stops because another one did.</summary>
/// <param name="code">What the other one tells the shell; this one tells the same.</param>
/// <param name="message">Who stopped, and why.</param>
internal sealed class RankStoppedException(ExitCode code, string message) : Exception(message)
{
    public ExitCode Code => code;
}

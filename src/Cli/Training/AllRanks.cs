using System.Globalization;
using System.Runtime.ExceptionServices;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Cli.Training;

/// <summary>Runs work on every rank before the first step: either all ranks continue, or none.</summary>
internal static class AllRanks
{
    /// <summary>Runs the work on this rank and waits for all other ranks.</summary>
    /// <exception cref="RankStoppedException">The work failed on another rank.</exception>
    /// <exception cref="LostRankException">Another process has ended.</exception>
    public static T Run<T>(IProcessGroup group, Func<T> work)
    {
        if (group.Context.WorldSize == 1) return work();
        var (result, error) = Try(work);
        var outcomes = group.AllGather(error is null ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"{(int)CommandLine.GetExitCode(error.SourceException)} {error.SourceException.Message}"));
        for (var rank = 0; rank < outcomes.Count; rank++)
        {
            if (outcomes[rank].Length == 0) continue;
            if (rank == group.Context.Rank) error!.Throw();
            var (code, message) = (outcomes[rank].Split(' ', 2)[0], outcomes[rank].Split(' ', 2)[1]);
            var firstLine = message.ReplaceLineEndings("\n").Split('\n')[0];
            throw new RankStoppedException(
                (ExitCode)int.Parse(code, CultureInfo.InvariantCulture), $"Rank {rank} stopped: {firstLine}");
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

/// <summary>Thrown on a rank because another rank has stopped.</summary>
/// <param name="code">Exit code of the other rank, which this rank returns as well.</param>
/// <param name="message">The rank that stopped, and why.</param>
internal sealed class RankStoppedException(ExitCode code, string message) : Exception(message)
{
    /// <summary>Exit code of the rank that stopped.</summary>
    public ExitCode Code => code;
}

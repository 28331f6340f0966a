using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Runs;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Cli.Runs;

/// <summary>What a run or a synthesis has cost.</summary>
/// <param name="Name">Path of its folder, relative to the folder that was searched.</param>
/// <param name="Kind">Training, or synthesis.</param>
/// <param name="State">Whether it is complete.</param>
internal sealed record CostEntry(string Name, string Kind, string State)
{
    /// <summary>Currency of replies of language models.</summary>
    public const string SynthesisCurrency = "USD";

    /// <summary>Tokens trained on, or sent to and received from a service.</summary>
    public long Tokens { get; init; }

    /// <summary>Time; null if it is not recorded.</summary>
    public double? Seconds { get; init; }

    /// <summary>Cost; null if no hourly rate is known.</summary>
    public double? Cost { get; init; }

    /// <summary>Currency of the cost.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Reads a run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="hourlyRate">Rate of runs that recorded none; null for none.</param>
    /// <param name="currency">Currency of that rate.</param>
    public static CostEntry ReadRun(string name, RunFolder folder, double? hourlyRate, string currency)
    {
        try
        {
            var run = RunRecord.Read(folder);
            var last = run.Progress.Last;
            var seconds = last is null ? 0 : last.WallSeconds ?? last.Seconds;
            return new(name, "training", run.State.Describe())
            {
                Tokens = last?.Tokens ?? 0,
                Seconds = seconds,
                Cost = run.Progress.Cost ?? seconds * hourlyRate / 3600,
                Currency = run.Progress.Cost is null ? currency : run.Progress.Currency,
            };
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException or IOException)
        {
            return new(name, "training", "unreadable");
        }
    }

    /// <summary>Reads a synthesis. Requests in doubt count with the most that they can have cost.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="journal">Its journal.</param>
    public static CostEntry ReadSynthesis(string name, string journal)
    {
        try
        {
            var state = JournalState.Read(journal);
            var doubts = state.InDoubtSends.Count + state.OpenBatches.Count;
            return new(name, "synthesis", doubts == 0 ? "settled" : $"{Format.Count(doubts, "request")} in doubt")
            {
                Tokens = state.Replies.Sum(reply => reply.InputTokens + reply.OutputTokens),
                Cost = (double)(state.Spent + state.InDoubtCost),
                Currency = SynthesisCurrency,
            };
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return new(name, "synthesis", "unreadable");
        }
    }
}

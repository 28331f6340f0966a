namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>A micro-batch of preference pairs that measures what it learns.</summary>
public interface IPairBatch : IMicroBatch
{
    /// <summary>Metrics of each pair; empty before <see cref="IMicroBatch.Backward"/>.</summary>
    IReadOnlyList<PairMetrics> Results { get; }
}

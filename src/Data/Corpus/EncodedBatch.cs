namespace TurkishLlm.Data.Corpus;

/// <summary>Documents filtered, encoded and sketched: what is kept of them goes into the work folder.</summary>
/// <param name="text">Where they come from.</param>
/// <param name="evaluations">Number of evaluation files.</param>
internal sealed class EncodedBatch(TextBatch text, int evaluations)
{
    public TextBatch Text => text;

    public Funnel Funnel { get; } = new();

    /// <summary>Documents left out because of each evaluation file.</summary>
    public long[] EvaluationHits { get; } = new long[evaluations];

    public List<StagedDocument> Documents { get; } = [];

    /// <summary>Tokens of the documents, one after the other.</summary>
    public List<ushort> Tokens { get; } = [];

    /// <summary>Sampled runs of words of the documents, one after the other.</summary>
    public List<ulong> NGrams { get; } = [];

    /// <summary>Signatures of the documents, one after the other; empty when they are not asked for.</summary>
    public List<ushort> Signatures { get; } = [];
}

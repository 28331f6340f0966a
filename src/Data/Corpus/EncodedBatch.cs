using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Data.Corpus;

/// <summary>A batch of filtered, encoded and sketched documents; the kept ones are written to the work folder.</summary>
/// <param name="text">The documents before encoding.</param>
/// <param name="evaluations">Number of evaluation files.</param>
internal sealed class EncodedBatch(TextBatch text, int evaluations)
{
    public TextBatch Text => text;

    public Funnel Funnel { get; } = new();

    /// <summary>Number of documents excluded because of each evaluation file.</summary>
    public long[] EvaluationHits { get; } = new long[evaluations];

    /// <summary>Findings of personal data by kind.</summary>
    public long[] PersonalData { get; } = new long[PersonalDataMask.KindCount];

    public List<StagedDocument> Documents { get; } = [];

    /// <summary>Tokens of the documents, concatenated.</summary>
    public List<ushort> Tokens { get; } = [];

    /// <summary>Sampled n-gram hashes of the documents, concatenated.</summary>
    public List<ulong> NGrams { get; } = [];

    /// <summary>Signatures of the documents, concatenated; empty if not requested.</summary>
    public List<ushort> Signatures { get; } = [];
}

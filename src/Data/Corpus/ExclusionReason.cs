namespace TurkishLlm.Data.Corpus;

/// <summary>The reason why a document is excluded from the shards: the first of these, in this order, that applies.</summary>
public enum ExclusionReason
{
    /// <summary>The document is not text: not valid UTF-8, or a row without text.</summary>
    InvalidUtf8 = 1,

    /// <summary>The document has fewer characters than the minimum.</summary>
    TooFewCharacters,

    /// <summary>The Turkish score of the document is below the minimum.</summary>
    NotTurkish,

    /// <summary>The document shares an n-gram with an evaluation file.</summary>
    EvaluationOverlap,

    /// <summary>The document contains personal data.</summary>
    PersonalData,

    /// <summary>The document has fewer tokens than the minimum.</summary>
    TooFewTokens,

    /// <summary>The document equals an earlier one.</summary>
    Duplicate,

    /// <summary>The document is nearly the same as an earlier one.</summary>
    NearDuplicate,

    /// <summary>The cap of the source is reached.</summary>
    OverCap,

    /// <summary>The document is excluded by a weight below 1.</summary>
    UnderWeight,

    /// <summary>A large part of the validation document occurs in training documents.</summary>
    ValidationOverlap,
}

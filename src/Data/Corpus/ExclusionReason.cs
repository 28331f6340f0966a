namespace TurkishLlm.Data.Corpus;

/// <summary>Why a document is not in the shards: the first of these that applied, in this order.</summary>
public enum ExclusionReason
{
    /// <summary>It is not valid UTF-8.</summary>
    InvalidUtf8 = 1,

    /// <summary>It has fewer characters than the fewest.</summary>
    TooFewCharacters,

    /// <summary>Its Turkish score is below the lowest.</summary>
    NotTurkish,

    /// <summary>It shares a run of words with a named evaluation file.</summary>
    EvaluationOverlap,

    /// <summary>It has fewer tokens than the fewest.</summary>
    TooFewTokens,

    /// <summary>It equals an earlier document.</summary>
    Duplicate,

    /// <summary>It is nearly the same as an earlier document.</summary>
    NearDuplicate,

    /// <summary>Its source reached its cap.</summary>
    OverCap,

    /// <summary>The weight of its source is below 1.</summary>
    UnderWeight,

    /// <summary>It was for validation, but much of it is in training documents.</summary>
    ValidationOverlap,
}

namespace TurkishLlm.Data.FineTuning;

/// <summary>What became of a row of a source.</summary>
public enum RowOutcome
{
    /// <summary>It is learned from.</summary>
    Train,

    /// <summary>It is held out.</summary>
    Validation,

    /// <summary>It could not be read.</summary>
    Invalid,

    /// <summary>It has no answer, or no token that is learned.</summary>
    NothingToLearn,

    /// <summary>It equals an earlier one.</summary>
    Duplicate,

    /// <summary>Its question is in a gold file, or nearly.</summary>
    Gold,

    /// <summary>Its question fills the whole sequence.</summary>
    PromptTooLong,

    /// <summary>Its answer does not fit behind its question.</summary>
    AnswerTooLong,
}

namespace TurkishLlm.Data.FineTuning;

/// <summary>What happened to a row of a source.</summary>
public enum RowOutcome
{
    /// <summary>It is used for training.</summary>
    Train,

    /// <summary>It is held out.</summary>
    Validation,

    /// <summary>It is invalid.</summary>
    Invalid,

    /// <summary>It has no answer, or no token to learn.</summary>
    NothingToLearn,

    /// <summary>It equals an earlier one.</summary>
    Duplicate,

    /// <summary>Its question is in a gold file, or nearly the same as one.</summary>
    Gold,

    /// <summary>It is in a validation file, or nearly the same as one of its rows.</summary>
    InValidation,

    /// <summary>Its loss is among the lowest or the highest, which a curriculum excludes.</summary>
    Pruned,

    /// <summary>Its prompt fills the whole sequence.</summary>
    PromptTooLong,

    /// <summary>Its answer does not fit after its prompt.</summary>
    AnswerTooLong,
}

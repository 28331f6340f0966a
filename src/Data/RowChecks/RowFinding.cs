namespace TurkishLlm.Data.RowChecks;

/// <summary>What was found about a row: the first of these, in this order, that applies.</summary>
public enum RowFinding
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It equals an earlier row.</summary>
    Duplicate,

    /// <summary>Its question matches that of an earlier row, and its answer says the same.</summary>
    NearDuplicate,

    /// <summary>Its question matches that of another row, and their answers differ.</summary>
    Contradiction,

    /// <summary>Its question or answer is far longer or shorter than the others.</summary>
    LengthOutlier,

    /// <summary>It is hardly Turkish.</summary>
    LanguageOutlier,

    /// <summary>It contains personal data.</summary>
    PersonalData,
}

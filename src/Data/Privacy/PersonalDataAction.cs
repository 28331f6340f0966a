namespace TurkishLlm.Data.Privacy;

/// <summary>How texts with personal data are handled.</summary>
public enum PersonalDataAction
{
    /// <summary>They are kept as they are; nothing is searched.</summary>
    Keep,

    /// <summary>Every finding is replaced by the placeholder of its kind.</summary>
    Mask,

    /// <summary>The whole document or row is excluded.</summary>
    Drop,
}

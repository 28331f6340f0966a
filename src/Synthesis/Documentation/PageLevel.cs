namespace TurkishLlm.Synthesis.Documentation;

/// <summary>The level of detail of a page.</summary>
public enum PageLevel
{
    /// <summary>Describes a module as a whole.</summary>
    Overview,

    /// <summary>Explains how to use a feature.</summary>
    Detail,

    /// <summary>Explains how programs use a feature.</summary>
    Api,
}

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Why a file of a documentation folder is not read.</summary>
public enum SkipReason
{
    /// <summary>Its name begins with a point, or the system marks it as hidden; counts a hidden folder once.</summary>
    Hidden,

    /// <summary>It describes the folder: <c>README.md</c>.</summary>
    Readme,

    /// <summary>A generator made it for navigation or search, such as <c>_sidebar.md</c> or <c>genindex.html</c>.</summary>
    Navigation,

    /// <summary>Its extension is not that of a page.</summary>
    OtherType,

    /// <summary>It has no text apart from navigation.</summary>
    Empty,
}

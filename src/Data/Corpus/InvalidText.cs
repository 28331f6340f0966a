namespace TurkishLlm.Data.Corpus;

/// <summary>
/// How documents that are not valid UTF-8, and rows without text, are handled. They are never repaired, because the original
/// letters are unknown.
/// </summary>
public enum InvalidText
{
    /// <summary>The preparation stops with an error that names the file and the offset.</summary>
    Refuse,

    /// <summary>The document is excluded and counted; the first offset in each file of text or JSON lines is reported.</summary>
    SkipDocument,
}

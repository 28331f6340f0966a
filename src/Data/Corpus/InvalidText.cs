namespace TurkishLlm.Data.Corpus;

/// <summary>What becomes of a document that is not valid UTF-8. It is never repaired: a repaired letter is a wrong letter.</summary>
public enum InvalidText
{
    /// <summary>The preparation stops and names file and offset.</summary>
    Refuse,

    /// <summary>The document is left out and counted; the first offset of every file is reported.</summary>
    SkipDocument,
}

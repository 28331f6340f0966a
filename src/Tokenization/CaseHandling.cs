namespace TurkishLlm.Tokenization;

/// <summary>Whether a split rule ends a word where a capital follows a small letter, and which letters have a case.</summary>
internal enum CaseHandling
{
    /// <summary>The case does not matter.</summary>
    None,

    /// <summary>Only a–z and A–Z have a case, as llama.cpp sees it.</summary>
    Ascii,

    /// <summary>Letters have the case that Unicode says, and combining marks are letters without one.</summary>
    Unicode,
}

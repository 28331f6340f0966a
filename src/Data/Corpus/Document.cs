namespace TurkishLlm.Data.Corpus;

/// <summary>One document of a corpus.</summary>
/// <param name="Text">The text in Unicode form NFC; lines end with <c>\n</c>, and there are no blank lines.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Line">Number of the line on which it begins, from 1.</param>
public sealed record Document(string Text, string File, long Line);

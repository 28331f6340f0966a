namespace TurkishLlm.Data.Corpus;

/// <summary>One document of a corpus.</summary>
/// <param name="Text">The text in Unicode form NFC; lines are separated by <c>\n</c>, and there is no blank line in it.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Line">The line of that file on which it begins; the first line is 1.</param>
public sealed record Document(string Text, string File, long Line);

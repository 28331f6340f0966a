namespace TurkishLlm.Files;

/// <summary>Says how to convert a text to UTF-8.</summary>
public static class ConversionAdvice
{
    /// <summary>Returns a sentence with the command that converts a text.</summary>
    /// <param name="name">Path of the file, or another name of the text.</param>
    /// <param name="from">The encoding it probably has.</param>
    public static string Format(string name, string from)
    {
        var file = Path.GetFileName(name);
        return File.Exists(name)
            ? $"Convert it first, for example: iconv -f {from} -t UTF-8 {file} > {Path.GetFileNameWithoutExtension(file)}.utf8"
                + Path.GetExtension(file)
            : $"Convert it first, for example with: iconv -f {from} -t UTF-8";
    }
}

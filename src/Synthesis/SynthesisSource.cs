using TurkishLlm.Files;

namespace TurkishLlm.Synthesis;

/// <summary>Where the chunks of a synthesis folder are from: <c>documentation.json</c>, written with the chunks.</summary>
/// <param name="Documentation">Absolute path of the documentation.</param>
/// <param name="Tokenizer">Absolute path of the tokenizer that counted the tokens; null for the bundled one.</param>
public sealed record SynthesisSource(string Documentation, string? Tokenizer)
{
    /// <summary>Writes the file atomically.</summary>
    public void Write(string file) => AtomicFile.WriteLines(file, [JsonText.Serialize(this)]);

    /// <summary>Reads a file.</summary>
    /// <returns>The source; null if the file does not exist.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static SynthesisSource? Read(string file) =>
        File.Exists(file) ? JsonText.Deserialize<SynthesisSource>(TextFile.ReadAllText(file), file) : null;
}

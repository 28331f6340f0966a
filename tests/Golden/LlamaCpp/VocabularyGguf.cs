using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Golden.LlamaCpp;

/// <summary>A GGUF file with a tokenizer and no weights, which llama.cpp opens to encode text.</summary>
internal static class VocabularyGguf
{
    private const int Control = 3, Normal = 1;
    private const uint Int32 = 5, String = 8, Array = 9;

    private static readonly char[] Alphabet = CreateAlphabet();

    public static void Write(string path, Tokenizer tokenizer, string splitRule)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(0UL);
        writer.Write(6UL);
        WriteString(writer, "general.architecture", "llama");
        WriteString(writer, "tokenizer.ggml.model", "gpt2");
        WriteString(writer, "tokenizer.ggml.pre", splitRule);
        var ids = Enumerable.Range(0, tokenizer.VocabularySize).ToArray();
        WriteArray(writer, "tokenizer.ggml.tokens", String, ids, id => Write(writer, Spell(tokenizer, id)));
        WriteArray(
            writer, "tokenizer.ggml.token_type", Int32, ids, id => writer.Write(id < SpecialTokens.Count ? Control : Normal));
        WriteArray(
            writer, "tokenizer.ggml.merges", String, tokenizer.Merges,
            merge => Write(writer, $"{Spell(tokenizer, merge.Left)} {Spell(tokenizer, merge.Right)}"));
    }

    private static void WriteString(BinaryWriter writer, string key, string value)
    {
        Write(writer, key);
        writer.Write(String);
        Write(writer, value);
    }

    private static void WriteArray<T>(BinaryWriter writer, string key, uint type, IReadOnlyList<T> items, Action<T> write)
    {
        Write(writer, key);
        writer.Write(Array);
        writer.Write(type);
        writer.Write((ulong)items.Count);
        foreach (var item in items) write(item);
    }

    private static void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static string Spell(Tokenizer tokenizer, int id) => id < SpecialTokens.Count
        ? SpecialTokens.Names[id]
        : string.Concat(tokenizer.GetBytes(id).ToArray().Select(b => Alphabet[b]));

    private static char[] CreateAlphabet()
    {
        var (alphabet, spare) = (new char[256], 256);
        for (var b = 0; b < alphabet.Length; b++)
            alphabet[b] = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)b : (char)spare++;
        return alphabet;
    }
}

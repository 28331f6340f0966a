using System.Text;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>A tokenizer that is written as GGUF.</summary>
/// <param name="Merges">Merges of the run's tokenizer to keep, at most.</param>
/// <param name="Added">Added special tokens.</param>
/// <param name="IsChat">True for a model that was trained on conversations.</param>
/// <param name="System">Its system prompt.</param>
/// <param name="Format">Name of its chat format.</param>
public sealed record GgufTokenizerCase(int Merges, int Added, bool IsChat, string? System, string Format = "turkishllm");

/// <summary>Tokenizer and chat template in a GGUF file.</summary>
/// <param name="Write">Writes them to a file.</param>
/// <param name="Read">Reads them from a file.</param>
public sealed record GgufTokenizerExchange(
    Action<Tokenizer, ChatTemplate?, string> Write, Func<string, (Tokenizer Tokenizer, ChatTemplate? Template)> Read);

/// <summary>The tokenizer in GGUF files: GGF-04.</summary>
public static class GgufTokenizerSpec
{
    public static readonly Requirement<GgufTokenizerCase, GgufTokenizerExchange> GGF_04_Tokenizer = new()
    {
        Id = "GGF-04",
        Statement = "A GGUF file has the tokens in the order of their ids in GPT-2's spelling of bytes, special ones as control "
            + "tokens, the merges in order, the ids that begin and end a text or turn, and the chat template; importing gives "
            + "the same tokenizer and template.",
        Source = "ggml, docs/gguf.md, \"Tokenizer\"; Radford et al. 2019 (GPT-2), bytes_to_unicode",
        CanonicalCases =
        [
            new(700, 2, IsChat: true, "Kısa yanıtla.\nAdın 'Telbis'."), new(400, 1, IsChat: false, null),
            new(300, 1, IsChat: true, "Kısa yanıtla.", "mistral"), new(500, 1, IsChat: true, null, "gemma"),
        ],
        Subject = (_, _) => Real,
        Holds = (exchange, c, at) =>
        {
            var (tokenizer, template) = Create(c, at);
            using var folder = new WeightFile();
            var file = folder["m.gguf"];
            exchange.Write(tokenizer, template, file);
            var written = Verdict.All(Compare(tokenizer, template, c.Format, GgufOracle.Read(file).Metadata));
            if (!written.Holds) return written;
            var (read, readTemplate) = exchange.Read(file);
            return Verdict.All([
                Verdict.Equal(tokenizer.Hash, read.Hash, "tokenizer read"),
                Verdict.Equal(template is null, readTemplate is null, "model without a template"),
                Verdict.Equal(template?.Format.Name ?? "none", readTemplate?.Format.Name ?? "none", "chat format read"),
                Verdict.Equal(template?.System ?? "none", readTemplate?.System ?? "none", "system prompt read"),
            ]);
        },
        Impostors = new()
        {
            ["shifts ids by one"] = (_, _) => Changing("tokens", (string[] tokens) => [tokens[^1], .. tokens[..^1]]),
            ["spells bytes as Latin-1"] = (_, _) => Changing("tokens", (string[] tokens) =>
                [.. tokens.Select((token, id) => id < 16 ? token : Encoding.Latin1.GetString(Bytes(token)))]),
            ["spells tokens as text"] = (_, _) => Changing("tokens", (string[] tokens) =>
                [.. tokens.Select((token, id) => id < 16 ? token : Encoding.UTF8.GetString(Bytes(token)))]),
            ["marks special tokens as normal"] = (_, _) => Changing("token_type", (int[] types) => [.. types.Select(_ => 1)]),
            ["reverses the merges"] = (_, _) => Changing("merges", (string[] merges) => [.. merges.Reverse()]),
            ["ends with the other token"] = (_, _) => Changing("eos_token_id", (uint id) =>
                id == SpecialTokens.EndOfText ? SpecialTokens.EndOfTurn : (uint)SpecialTokens.EndOfText),
            ["adds no token for the beginning"] = (_, _) => Changing("add_bos_token", (bool _) => false),
            ["drops added tokens on import"] = (_, _) => Real with
            {
                Read = file => Real.Read(file) is var (tokenizer, template)
                    ? (new Tokenizer(tokenizer.Merges), template)
                    : default,
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GGF_04_Tokenizer];

    private static GgufTokenizerExchange Real => new(
        (tokenizer, template, file) => Write(file, CreateMetadata(tokenizer, template)),
        file =>
        {
            using var stored = GgufFile.Open(file);
            var tokenizer = GgufTokenizer.Read(stored);
            return (tokenizer, GgufTokenizer.ReadTemplate(stored, tokenizer));
        });

    private static (Tokenizer Tokenizer, ChatTemplate? Template) Create(GgufTokenizerCase c, Conditions at)
    {
        var tokenizer = new Tokenizer(
            [.. at.Tokenizer.Merges.Take(c.Merges)], [.. Enumerable.Range(0, c.Added).Select(i => $"<|ek_{i}|>")]);
        return (tokenizer, c.IsChat ? new ChatTemplate(tokenizer, c.System, ChatFormat.Find(c.Format)) : null);
    }

    private static GgufMetadata CreateMetadata(Tokenizer tokenizer, ChatTemplate? template)
    {
        var metadata = new GgufMetadata("m.gguf");
        GgufTokenizer.Write(metadata, tokenizer, template);
        return metadata;
    }

    private static void Write(string file, GgufMetadata metadata)
    {
        using var writer = GgufWriter.Create(file, metadata, []);
        writer.Finish();
    }

    // Writes another value of one key.
    private static GgufTokenizerExchange Changing<T>(string key, Func<T, T> change)
        where T : notnull => Real with
    {
        Write = (tokenizer, template, file) =>
        {
            var (real, changed) = (CreateMetadata(tokenizer, template), new GgufMetadata("m.gguf"));
            foreach (var other in real.Keys)
                if (other == $"tokenizer.ggml.{key}") changed.Add(other, change(real.Get<T>(other)));
                else changed.Add(other, real.Get(other));
            Write(file, changed);
        },
    };

    private static IEnumerable<Verdict> Compare(
        Tokenizer tokenizer, ChatTemplate? template, string format, Dictionary<string, object> metadata)
    {
        string[] Texts(string key) => [.. (metadata.GetValueOrDefault($"tokenizer.ggml.{key}") as object[] ?? []).Cast<string>()];
        var (tokens, firstAdded) = (Texts("tokens"), tokenizer.VocabularySize - tokenizer.AddedTokens.Count);
        bool IsSpecial(int id) => id < 16 || id >= firstAdded;
        var spelled = Enumerable.Range(0, tokenizer.VocabularySize).Select(id => IsSpecial(id)
            ? id < 16 ? PublishedChatOracle.NameOf(format, id) : Encoding.UTF8.GetString(tokenizer.GetBytes(id))
            : ByteSpelling.Spell(tokenizer.GetBytes(id))).ToArray();
        yield return Verdict.SameElements(spelled, tokens, "token");
        yield return Verdict.SameElements(
            [.. spelled.Select((_, id) => IsSpecial(id) ? 3 : 1)],
            [.. ((object[])metadata["tokenizer.ggml.token_type"]).Cast<int>()], "type of token");
        yield return Verdict.SameElements(
            [.. tokenizer.Merges.Select(merge => $"{spelled[merge.Left]} {spelled[merge.Right]}")], Texts("merges"), "merge");
        foreach (var (key, value) in new (string, object)[]
        {
            ("model", "gpt2"), ("bos_token_id", 0u), ("eos_token_id", template is null ? 1u : 6u), ("eot_token_id", 6u),
            ("padding_token_id", 2u), ("unknown_token_id", 3u), ("add_bos_token", true), ("add_eos_token", false),
        })
            yield return Verdict.Equal(value, metadata.GetValueOrDefault($"tokenizer.ggml.{key}", "missing"), key);
        yield return Verdict.Equal(
            template?.ToJinja() ?? "none", metadata.GetValueOrDefault("tokenizer.chat_template", "none"), "chat template");
    }

    private static byte[] Bytes(string token) => ByteSpelling.Read(token);
}

using TurkishLlm.Files;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>A format in files, with a conversation that another program renders.</summary>
/// <param name="Chat">The format and the conversation.</param>
/// <param name="Task">The system prompt of the template.</param>
/// <param name="TrimBlocks">True for the white-space settings of the Hugging Face libraries, false for those of Jinja.</param>
public sealed record ChatFormatFileCase(ChatFormatCase Chat, string Task, bool TrimBlocks)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Chat}, {(TrimBlocks ? "trimmed blocks" : "plain Jinja")}";
}

/// <summary>Writes a template and its tokenizer, and reads them.</summary>
/// <param name="Save">Writes the files of a chat model into a folder.</param>
/// <param name="Read">Reads tokenizer and template of a folder.</param>
public sealed record ChatFormatFiles(
    Action<ChatTemplate, string> Save, Func<string, (Tokenizer Tokenizer, ChatTemplate Template)> Read);

/// <summary>Named chat templates in the files of a model.</summary>
public static class ChatFormatFileSpec
{
    private const string Task = "\"Kısa\" ve 'açık' yaz.\nYol: C:\\yeni {{x}}";

    /// <summary>Exports a template as Jinja.</summary>
    public static readonly Requirement<ChatFormatFileCase, Func<string?, string>> TPL_04_Jinja = new()
    {
        Id = "TPL-04",
        Statement = "Another program that runs the exported Jinja of a named chat template reads the text of the published "
            + "format: with the system prompt of the conversation, of the template, or none, after every turn, and with the "
            + "header of the next answer only with add_generation_prompt.",
        Source = "BUG-SFT-23, BUG-SFT-21: FastChat PR #2996; chat_templates #14; documentation of Jinja 3.1",
        CanonicalCases =
        [
            .. ChatFormatCase.Usual.Select((chat, i) => new ChatFormatFileCase(chat, Task, TrimBlocks: i % 2 == 0)),
        ],
        Subject = (c, at) => task => new ChatTemplate(at.Tokenizer, task, c.Chat.Rules).ToJinja(),
        Holds = (export, c, at) =>
        {
            var oracle = new PublishedChatOracle(c.Chat.Format, BytePairEncoderOracle.Of(at.Tokenizer));
            ChatTurn[] turns = [.. c.Chat.Chat.Turns], others = [.. turns.Skip(1)];
            var (plain, tasked) = (export(null), export(c.Task));
            return Verdict.All(
            [
                .. Enumerable.Range(1, turns.Length).SelectMany(n => Check(plain, turns[..n], turns[..n])),
                .. Check(plain, others, others),
                .. Check(tasked, turns, turns),
                .. Enumerable.Range(1, others.Length)
                    .SelectMany(n => Check(tasked, others[..n], [new("system", c.Task), .. others[..n]])),
            ]);

            IEnumerable<Verdict> Check(string jinja, ChatTurn[] given, ChatTurn[] expected) =>
                new[] { false, true }.Select(asks => Verdict.Equal(
                    oracle.ToText(expected, asks),
                    JinjaOracle.Render(jinja, JinjaSpec.Variables(given, system: null, asks), c.TrimBlocks), "text"));
        },
        Impostors = new()
        {
            ["the rules of another format"] = (c, at) => task =>
                new ChatTemplate(at.Tokenizer, task, ChatFormatSpec.Next(c.Chat)).ToJinja(),
            ["the names of this program"] = Replace(c => PublishedChatOracle.NameOf(c.Chat.Format, 6), _ => "<|reserved_0|>"),
            ["texts are not trimmed"] = Replace(_ => "(message.content or '') | trim", _ => "(message.content or ' ') + ''"),
            ["contexts are missing"] = Replace(_ => "message.context or []", _ => "[]"),
            ["tool calls are missing"] = Replace(_ => "{% if message.tool_call %}", _ => "{% if message.tool_calls %}"),
            ["the system prompt of the template is missing"] = (c, at) => _ =>
                new ChatTemplate(at.Tokenizer, system: null, c.Chat.Rules).ToJinja(),
            ["questions have no header"] = Replace(
                c => PublishedChatOracle.NameOf(c.Chat.Format, 4), _ => ""),
            ["line breaks between the tags"] = Replace(_ => "%}{%", _ => "%} \n {%"),
        },
    };

    /// <summary>Writes and reads the files of a chat model.</summary>
    public static readonly Requirement<ChatFormatCase, ChatFormatFiles> TPL_05_Files = new()
    {
        Id = "TPL-05",
        Statement = "The files of a chat model name every special token as its published format does, with the same ids as in "
            + "training, and end answers at the mark of the format; reading them gives the same tokenizer, the same format and "
            + "the same system prompt.",
        Source = "BUG-SFT-21: a template that differs between training and use; llama.cpp, transformers: a mark without a token "
            + "of its own is split into text, and generation never stops",
        CanonicalCases = [.. ChatFormatCase.Forged.Where(c => c.Format is "chatml" or "mistral" or "gemma")],
        Subject = (_, _) => Real,
        Holds = (files, c, at) =>
        {
            using var folder = new WeightFile();
            var path = Path.GetDirectoryName(folder["x"])!;
            var template = new ChatTemplate(at.Tokenizer, Task, c.Rules);
            files.Save(template, path);
            using var json = StrictJson.ParseFile(folder["tokenizer.json"]);
            using var generation = StrictJson.ParseFile(folder["generation_config.json"]);
            using var config = StrictJson.ParseFile(folder["tokenizer_config.json"]);
            var names = Enumerable.Range(0, 16).Select(id => PublishedChatOracle.NameOf(c.Format, id)).ToArray();
            var vocabulary = json.RootElement.GetProperty("model").GetProperty("vocab");
            var written = Verdict.All(
                Verdict.SameElements(
                    names,
                    [.. json.RootElement.GetProperty("added_tokens").EnumerateArray().Take(16)
                        .Select(token => token.GetProperty("content").GetString()!)], "added token"),
                Verdict.SameElements(
                    [.. Enumerable.Range(0, 16)],
                    [.. names.Select(name => vocabulary.TryGetProperty(name, out var id) ? id.GetInt32() : -1)], "id of a mark"),
                Verdict.Equal(names[6], config.RootElement.GetProperty("eos_token").GetString()!, "end of a text"),
                Verdict.Equal(
                    true, generation.RootElement.GetProperty("eos_token_id").EnumerateArray().Any(id => id.GetInt32() == 6),
                    "stops at the end of a turn"));
            if (!written.Holds) return written;
            var (tokenizer, read) = files.Read(path);
            return Verdict.All(
                Verdict.Equal(at.Tokenizer.Hash, tokenizer.Hash, "tokenizer read"),
                Verdict.Equal(Task, read.System ?? "none", "system prompt read"),
                Verdict.SameElements(
                    [.. new PublishedChatOracle(c.Format, BytePairEncoderOracle.Of(at.Tokenizer)).Render(c.Chat.Turns).Ids],
                    [.. read.Render(c.Chat.Conversation).Ids], "tokens by the template read"));
        },
        Impostors = new()
        {
            ["names of this program in tokenizer.json"] = (_, at) => Real with
            {
                Save = (template, folder) =>
                {
                    Real.Save(template, folder);
                    at.Tokenizer.Save(folder);
                },
            },
            ["the default format is saved"] = (_, at) => Real with
            {
                Save = (template, folder) =>
                {
                    Real.Save(template, folder);
                    new ChatTemplate(at.Tokenizer, template.System).Save(folder);
                },
            },
            ["the system prompt is lost"] = (_, at) => Real with
            {
                Save = (template, folder) =>
                {
                    Real.Save(template, folder);
                    new ChatTemplate(at.Tokenizer, system: null, template.Format).Save(folder);
                },
            },
            ["answers end with the text only"] = (_, _) => Real with
            {
                Save = (template, folder) =>
                {
                    Real.Save(template, folder);
                    new HuggingFaceTokenizerFiles(template.Tokenizer, template: null).Write(folder, 64, 0, 1);
                },
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [TPL_04_Jinja, TPL_05_Files];

    private static ChatFormatFiles Real => new(
        (template, folder) =>
        {
            template.Save(folder);
            new HuggingFaceTokenizerFiles(template.Tokenizer, template).Write(folder, maxLength: 64, temperature: 0, topK: 1);
        },
        folder =>
        {
            var tokenizer = Tokenizer.Load(folder);
            return (tokenizer, ChatTemplate.Load(folder, tokenizer));
        });

    private static Func<ChatFormatFileCase, Conditions, Func<string?, string>> Replace(
        Func<ChatFormatFileCase, string> part, Func<ChatFormatFileCase, string> with) => (c, at) => task =>
            new ChatTemplate(at.Tokenizer, task, c.Chat.Rules).ToJinja().Replace(part(c), with(c), StringComparison.Ordinal);
}

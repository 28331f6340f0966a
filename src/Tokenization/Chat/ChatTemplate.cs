using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Tokenization.Chat;

/// <summary>
/// Renders conversations to tokens. Training, chat, evaluation and export use this class, so that they cannot differ.
/// </summary>
/// <remarks>
/// <code>
/// &lt;|begin_of_text|&gt;
/// &lt;|start_header_id|&gt;system&lt;|end_header_id|&gt;⏎⏎task&lt;|eot_id|&gt;
/// &lt;|context|&gt;retrieved text&lt;|eot_id|&gt;
/// &lt;|start_header_id|&gt;user&lt;|end_header_id|&gt;⏎⏎question&lt;|eot_id|&gt;
/// &lt;|start_header_id|&gt;assistant&lt;|end_header_id|&gt;⏎⏎answer&lt;|tool_call|&gt;call&lt;|eot_id|&gt;
/// &lt;|tool_output|&gt;output of the tool&lt;|eot_id|&gt;
/// </code>
/// without the line breaks shown here; other formats have other marks (<see cref="ChatFormat"/>). Rendering is a pure function.
/// Every segment is encoded separately, so tokens never span a boundary, and only the template emits control tokens: the name of
/// one within a text is ordinary text. The tokens of a conversation are a prefix of the tokens of the same conversation with more
/// messages. Source: Llama 3 model card, "Prompt format"; reference report on fine-tuning, sections 7 and 8. Spec: SFT-01,
/// SFT-05, SFT-12, SFT-21, SFT-22, SFT-25.
/// </remarks>
public sealed class ChatTemplate
{
    /// <summary>Name of the template file in a model folder.</summary>
    public const string FileName = "chat_template.json";

    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<int> _begin, _end, _userEnd;
    private readonly IReadOnlyList<int>?[] _headers;

    /// <param name="tokenizer">The tokenizer for the texts.</param>
    /// <param name="system">The system prompt of conversations without one; null for none.</param>
    /// <param name="format">The marks around messages; null for <see cref="ChatFormat.TurkishLlm"/>.</param>
    public ChatTemplate(Tokenizer tokenizer, string? system = null, ChatFormat? format = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        System = system is null ? null : ChatMessage.System(system).Text;
        Format = format ?? ChatFormat.TurkishLlm;
        (_begin, _end) = (Encode(Format.Begin), Encode(Format.End));
        _userEnd = Format.UserEnd is { } end ? Encode(end) : _end;
        _headers =
        [
            .. new[] { Format.SystemHeader, Format.UserHeader, Format.AssistantHeader, Format.ToolHeader }
                .Select(header => header is null ? null : Encode(header)),
        ];
    }

    /// <summary>The tokenizer for the texts.</summary>
    public Tokenizer Tokenizer => _tokenizer;

    /// <summary>The marks around messages.</summary>
    public ChatFormat Format { get; }

    /// <summary>The system prompt of conversations without one; null for none.</summary>
    public string? System { get; }

    /// <summary>
    /// The tokens that end an answer: the end of the turn, and control tokens that should not occur in an answer.
    /// </summary>
    public static IReadOnlyList<int> StopIds { get; } = [SpecialTokens.EndOfTurn, .. SpecialTokens.DocumentBorders];

    /// <summary>Identifies the output of the template: a hash of its rules, its system prompt and the tokenizer.</summary>
    public string Hash =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{Format.Jinja}\n{System}\n{_tokenizer.Hash}")));

    /// <summary>Loads the template that was saved with a model or tokenizer.</summary>
    /// <param name="folder">The folder that contains the template.</param>
    /// <param name="tokenizer">The tokenizer for the texts.</param>
    /// <exception cref="FileNotFoundException">
    /// The folder has no template: its model was not trained on conversations.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is damaged or has an unknown format.</exception>
    public static ChatTemplate Load(string folder, Tokenizer tokenizer)
    {
        var (format, system) = ChatTemplateFile.Read(folder);
        return new(tokenizer, system, format);
    }

    /// <summary>Returns the format of the template that was saved with a model; null if it has none.</summary>
    /// <param name="folder">The folder of the model.</param>
    /// <exception cref="InvalidDataException">The file is damaged or has an unknown format.</exception>
    public static ChatFormat? FindFormat(string folder) => Exists(folder) ? ChatTemplateFile.Read(folder).Format : null;

    /// <summary>Returns true if a folder contains a template.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Saves the template in the folder of a model or tokenizer, for this program and, as Jinja, for others.</summary>
    /// <param name="folder">The output folder; it must exist.</param>
    public void Save(string folder) => ChatTemplateFile.Write(folder, Format, System);

    /// <summary>Returns the template as Jinja for other programs, with its system prompt as the default.</summary>
    public string ToJinja() => ChatTemplateFile.CreateJinja(Format, System);

    /// <summary>Renders a conversation to tokens with a loss mask.</summary>
    public RenderedConversation Render(Conversation conversation, Supervision supervision = Supervision.All)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var first = FindFirstSupervised(conversation, supervision);
        var canvas = new RenderBuilder(_tokenizer);
        if (_begin.Count > 0) canvas.AppendControl(-1, _begin);
        var messages = conversation.Messages;
        // A system prompt without a turn of its own waits for the first question.
        (ChatMessage Message, int Index)? task =
            messages[0].Role == ChatRole.System ? (messages[0], 0)
            : System is not null ? (ChatMessage.System(System), -1)
            : null;
        if (task is var (prompt, at) && Format.SystemHeader is not null) AppendTurn(canvas, at, prompt, supervised: false, null);
        for (var i = messages[0].Role == ChatRole.System ? 1 : 0; i < messages.Count; i++)
        {
            AppendTurn(
                canvas, i, messages[i], messages[i].IsLearned && i >= first, Format.SystemHeader is null ? task : null);
            task = null;
        }
        return canvas.Build();
    }

    /// <summary>Renders a conversation and the header of the next answer.</summary>
    /// <exception cref="ArgumentException">The last message is an answer already.</exception>
    public IReadOnlyList<int> RenderPrompt(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        if (!conversation.AwaitsAnswer)
            throw new ArgumentException(
                "The last message of the conversation must be a question or the output of a tool.",
                nameof(conversation));
        return [.. Render(conversation).Ids, .. _headers[(int)ChatRole.Assistant]!];
    }

    /// <summary>Returns the text of tokens, with the names that the marks have in the format.</summary>
    /// <param name="ids">Tokens that this template rendered, or part of them.</param>
    public string ToText(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var (text, run) = (new StringBuilder(), new List<int>());
        foreach (var id in ids)
        {
            if (id >= SpecialTokens.Count)
            {
                run.Add(id);
                continue;
            }
            text.Append(_tokenizer.Decode(run)).Append(Format.TokenNames[id]);
            run.Clear();
        }
        return text.Append(_tokenizer.Decode(run)).ToString();
    }

    private static int FindFirstSupervised(Conversation conversation, Supervision supervision) => supervision switch
    {
        Supervision.All => 0,
        Supervision.Completion => FindLast(conversation, ChatRole.User),
        _ => FindLast(conversation, ChatRole.Assistant),
    };

    private static int FindLast(Conversation conversation, ChatRole role)
    {
        var i = conversation.Messages.Count;
        while (i > 0 && conversation.Messages[i - 1].Role != role) i--;
        return i - 1;
    }

    private void AppendTurn(
        RenderBuilder builder, int messageIndex, ChatMessage message, bool supervised, (ChatMessage Message, int Index)? task)
    {
        foreach (var context in message.Context)
        {
            builder.AppendControl(messageIndex, [SpecialTokens.Context]);
            builder.AppendText(SegmentKind.Context, messageIndex, context, supervised: false);
            builder.AppendEnd(messageIndex, _end, supervised: false);
        }
        if (_headers[(int)message.Role]! is { Count: > 0 } header) builder.AppendControl(messageIndex, header);
        // The line breaks belong to the text before them, as for a reader that splits the whole.
        if (task is var (prompt, at)) builder.AppendText(SegmentKind.Text, at, $"{prompt.Text}\n\n", supervised: false);
        builder.AppendText(SegmentKind.Text, messageIndex, message.Text, supervised);
        if (message.ToolCall is { } call)
        {
            builder.AppendSpecial(SegmentKind.ToolCall, messageIndex, SpecialTokens.ToolCall, supervised);
            builder.AppendText(SegmentKind.ToolCall, messageIndex, call, supervised);
        }
        builder.AppendEnd(messageIndex, message.Role == ChatRole.User ? _userEnd : _end, supervised);
    }

    private IReadOnlyList<int> Encode(string marks) =>
        [.. Format.Split(marks).SelectMany(part => part.Id is { } id ? [id] : _tokenizer.EncodeToIds(part.Text))];

    // Collects tokens, loss mask and segments, so that their lengths always match.
    private sealed class RenderBuilder(Tokenizer tokenizer)
    {
        private readonly List<int> _ids = [];
        private readonly List<bool> _lossMask = [];
        private readonly List<RenderedSegment> _segments = [];

        public void AppendControl(int message, IReadOnlyList<int> ids)
        {
            var start = _ids.Count;
            _ids.AddRange(ids);
            AppendSegment(SegmentKind.Control, message, start, supervised: false);
        }

        // Only the mark itself is learned; generation stops at it.
        public void AppendEnd(int message, IReadOnlyList<int> ids, bool supervised)
        {
            AppendSpecial(SegmentKind.EndOfTurn, message, ids[0], supervised);
            if (ids.Count > 1) AppendControl(message, [.. ids.Skip(1)]);
        }

        public void AppendSpecial(SegmentKind kind, int message, int id, bool supervised)
        {
            _ids.Add(id);
            AppendSegment(kind, message, _ids.Count - 1, supervised);
        }

        public void AppendText(SegmentKind kind, int message, string text, bool supervised)
        {
            var start = _ids.Count;
            tokenizer.EncodeToIds(text, _ids);
            AppendSegment(kind, message, start, supervised);
        }

        public RenderedConversation Build() => new(_ids, _lossMask, _segments);

        private void AppendSegment(SegmentKind kind, int message, int start, bool supervised)
        {
            _lossMask.AddRange(Enumerable.Repeat(supervised, _ids.Count - start));
            _segments.Add(new(kind, message, start, _ids.Count - start));
        }
    }
}

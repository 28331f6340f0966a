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
/// without the line breaks shown here. Rendering is a pure function. Every segment is encoded separately, so tokens never span
/// a boundary, and only the template emits control tokens: the name of one within a text is ordinary text. The tokens of a
/// conversation are a prefix of the tokens of the same conversation with more messages. Source: Llama 3 model card, "Prompt
/// format"; reference report on fine-tuning, sections 7 and 8. Spec: SFT-01, SFT-05, SFT-12, SFT-21, SFT-22, SFT-25.
/// </remarks>
public sealed class ChatTemplate
{
    /// <summary>Name of the template file in a model folder.</summary>
    public const string FileName = "chat_template.json";

    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<int>[] _headers;

    /// <param name="tokenizer">The tokenizer for the texts.</param>
    /// <param name="system">The system prompt of conversations without one; null for none.</param>
    public ChatTemplate(Tokenizer tokenizer, string? system = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        System = system is null ? null : ChatMessage.System(system).Text;
        var lineEnds = tokenizer.EncodeToIds("\n\n");
        _headers = [.. Enum.GetValues<ChatRole>().Select(role => (IReadOnlyList<int>)(role == ChatRole.Tool
            ? [SpecialTokens.ToolOutput]
            :
            [
                SpecialTokens.StartHeader, .. tokenizer.EncodeToIds(ChatMessage.GetRoleName(role)), SpecialTokens.EndHeader,
                .. lineEnds,
            ])),
];
    }

    /// <summary>The system prompt of conversations without one; null for none.</summary>
    public string? System { get; }

    /// <summary>
    /// The tokens that end an answer: the end of the turn, and control tokens that should not occur in an answer.
    /// </summary>
    public static IReadOnlyList<int> StopIds { get; } = [SpecialTokens.EndOfTurn, .. SpecialTokens.DocumentBorders];

    /// <summary>Identifies the output of the template: a hash of its rules, its system prompt and the tokenizer.</summary>
    public string Hash =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{ChatTemplateFile.Jinja}\n{System}\n{_tokenizer.Hash}")));

    /// <summary>Loads the template that was saved with a model or tokenizer.</summary>
    /// <param name="folder">The folder that contains the template.</param>
    /// <param name="tokenizer">The tokenizer for the texts.</param>
    /// <exception cref="FileNotFoundException">
    /// The folder has no template: its model was not trained on conversations.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is damaged or has an unknown format.</exception>
    public static ChatTemplate Load(string folder, Tokenizer tokenizer) => new(tokenizer, ChatTemplateFile.ReadSystem(folder));

    /// <summary>Returns true if a folder contains a template.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Saves the template in the folder of a model or tokenizer, for this program and, as Jinja, for others.</summary>
    /// <param name="folder">The output folder; it must exist.</param>
    public void Save(string folder) => ChatTemplateFile.Write(folder, System);

    /// <summary>Returns the template as Jinja for other programs, with its system prompt as the default.</summary>
    public string ToJinja() => ChatTemplateFile.CreateJinja(System);

    /// <summary>Renders a conversation to tokens with a loss mask.</summary>
    public RenderedConversation Render(Conversation conversation, Supervision supervision = Supervision.All)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var first = FindFirstSupervised(conversation, supervision);
        var canvas = new RenderBuilder(_tokenizer);
        canvas.AppendControl(-1, SpecialTokens.BeginOfText);
        if (System is not null && conversation.Messages[0].Role != ChatRole.System)
            AppendTurn(canvas, -1, ChatMessage.System(System), supervised: false);
        for (var i = 0; i < conversation.Messages.Count; i++)
            AppendTurn(canvas, i, conversation.Messages[i], conversation.Messages[i].IsLearned && i >= first);
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
        return [.. Render(conversation).Ids, .. _headers[(int)ChatRole.Assistant]];
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

    private void AppendTurn(RenderBuilder builder, int messageIndex, ChatMessage message, bool supervised)
    {
        foreach (var context in message.Context)
        {
            builder.AppendControl(messageIndex, SpecialTokens.Context);
            builder.AppendText(SegmentKind.Context, messageIndex, context, supervised: false);
            builder.AppendEndOfTurn(messageIndex, supervised: false);
        }
        builder.AppendControl(messageIndex, [.. _headers[(int)message.Role]]);
        builder.AppendText(SegmentKind.Text, messageIndex, message.Text, supervised);
        if (message.ToolCall is { } call)
        {
            builder.AppendSpecial(SegmentKind.ToolCall, messageIndex, SpecialTokens.ToolCall, supervised);
            builder.AppendText(SegmentKind.ToolCall, messageIndex, call, supervised);
        }
        builder.AppendEndOfTurn(messageIndex, supervised);
    }

    // Collects tokens, loss mask and segments, so that their lengths always match.
    private sealed class RenderBuilder(Tokenizer tokenizer)
    {
        private readonly List<int> _ids = [];
        private readonly List<bool> _lossMask = [];
        private readonly List<RenderedSegment> _segments = [];

        public void AppendControl(int message, params ReadOnlySpan<int> ids)
        {
            var start = _ids.Count;
            _ids.AddRange(ids);
            AppendSegment(SegmentKind.Control, message, start, supervised: false);
        }

        public void AppendEndOfTurn(int message, bool supervised) =>
            AppendSpecial(SegmentKind.EndOfTurn, message, SpecialTokens.EndOfTurn, supervised);

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

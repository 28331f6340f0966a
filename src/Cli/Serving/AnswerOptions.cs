using System.CommandLine;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Tools;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Server;

namespace TurkishLlm.Cli.Serving;

/// <summary>How answers are generated that a request does not say otherwise; the defaults are those of <c>chat</c>.</summary>
internal sealed class AnswerOptions
{
    private readonly Option<string?> _docs = new("--docs")
    {
        Description = "Documentation folder (*.md, *.html, *.txt) to search; the best passages are added to each question.",
    };

    private readonly Option<int> _passages = new("--passages")
    {
        Description = "Maximum number of passages from --docs per question; a short context window holds fewer.",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<int> _tokens = new("--max-tokens")
    {
        Description = "Maximum length of an answer, in tokens, if the request gives none.", DefaultValueFactory = _ => 256,
    };

    private readonly Option<double> _temperature = SamplingOptionSet.CreateTemperature(0);
    private readonly ToolOptions _tools = new();
    private readonly Option<int> _topK = SamplingOptionSet.CreateTopK();
    private readonly Option<double> _topP = SamplingOptionSet.CreateTopP(0.95);
    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Random seed of the first request without a seed; each further one adds 1.", DefaultValueFactory = _ => 0,
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_docs, _passages, _tokens, _temperature, _topK, _topP, _seed]) command.Add(option);
        _tools.AddTo(command);
    }

    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public SamplingOptions Read(ParseResult parsed)
    {
        var options = new SamplingOptions
        {
            MaxTokens = parsed.GetValue(_tokens),
            Temperature = parsed.GetValue(_temperature),
            TopK = parsed.GetValue(_topK),
            TopP = parsed.GetValue(_topP),
            Seed = parsed.GetValue(_seed),
        };
        options.Validate();
        if (parsed.GetValue(_passages) < 1)
            throw new ConfigurationException(FormattableString.Invariant(
                $"--passages is {parsed.GetValue(_passages)}; it must be at least 1."));
        return options;
    }

    /// <summary>Reads the tools that the server runs.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public ToolRequest ReadTools(ParseResult parsed) => _tools.Read(parsed, parsed.GetValue(_docs));

    /// <inheritdoc cref="ToolOptions.StartServersAsync"/>
    public Task<McpServers> StartServersAsync(ParseResult parsed, ToolRequest tools, CancellationToken cancellationToken) =>
        _tools.StartServersAsync(parsed, tools, cancellationToken);

    /// <summary>Creates the tools that the server runs; null for none.</summary>
    /// <exception cref="InvalidDataException">The model has no chat template, or the documentation has no page.</exception>
    public ServerTools? OpenTools(
        ParseResult parsed, ToolRequest tools, McpServers servers, TrainedModel trained, IDecoder decoder, int maxTokens)
    {
        if (tools.IsEmpty) return null;
        using var model = new ChatModel(decoder, trained.Tokenizer, trained.LoadChatTemplate());
        var search = tools.HasSearch
            ? DocumentationSearch.Open(
                parsed.GetValue(_docs)!, model, maxTokens, parsed.GetValue(_passages), tools.Limits.MaxOutputTokens)
            : null;
        return new(tools.CreateTools(search is null ? null : search.Find, servers.Tools), tools.Limits);
    }

    /// <summary>Indexes the documentation; returns null for none, and for one that the model searches itself.</summary>
    /// <exception cref="InvalidDataException">The model has no chat template, or the documentation has no page.</exception>
    public FindPassages? OpenPassages(
        ParseResult parsed, ToolRequest tools, TrainedModel trained, IDecoder decoder, int maxTokens)
    {
        if (parsed.GetValue(_docs) is not { } folder || tools.HasSearch) return null;
        using var model = new ChatModel(decoder, trained.Tokenizer, trained.LoadChatTemplate());
        var retriever = ContextRetriever.Open([], folder, model, maxTokens, parsed.GetValue(_passages));
        var turn = new Lock();
        return question =>
        {
            // Requests come from several threads, and each numbers its passages from 1.
            lock (turn)
            {
                retriever.Reset();
                return
                [
                    .. retriever.Retrieve(question, system: null)
                        .Select(found => new Passage(found.Source, found.Text, found.Score)),
                ];
            }
        };
    }
}

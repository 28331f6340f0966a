using FluentAssertions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>The recorded replies: correct pairs pass, and each deliberate fault is found by its check.</summary>
public sealed class ReviewTests
{
    private static readonly string Pairs = Path.Combine(Repository.Root, "fixtures", "make", "pairs");
    private static readonly Lazy<(Blueprint Blueprint, JournalState Journal, Review Review)> Recorded = new(Replay);

    [Fact]
    public void Each_deliberate_fault_is_rejected_for_its_reason()
    {
        var rejected = Recorded.Value.Review.Rejected.ToLookup(
            rejection => Question(rejection.Raw),
            rejection => rejection.Reason);
        foreach (var line in File.ReadLines(Path.Combine(Pairs, "bad.txt")).Where(line => line.StartsWith('!')))
        {
            var (fault, question) = (
                line[1..line.IndexOf(' ', StringComparison.Ordinal)],
                line.Split("||")[0].Split(' ', 4)[3].Trim());
            var reason = fault switch
            {
                "type" or "empty" => RejectionReason.Schema,
                _ => Enum.Parse<RejectionReason>(fault.Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
            };
            rejected[question].Should().Contain(reason, "\"{0}\" is wrong on purpose", question);
        }
    }

    [Fact]
    public void Of_the_pairs_written_by_hand_hardly_one_in_a_hundred_is_rejected_wrongly()
    {
        var accepted = Recorded.Value.Review.Accepted.Select(pair => pair.Pair.Turns[0].Question).ToHashSet();
        var written = Directory.GetFiles(Pairs, "*.txt").Where(file => !file.EndsWith("bad.txt", StringComparison.Ordinal))
            .SelectMany(File.ReadLines)
            .Where(line => line.Contains("||", StringComparison.Ordinal))
            .Select(line => line.Split("||")[0].Split(' ', 3)[2].Trim())
            .ToArray();
        written.Should().HaveCountGreaterThan(400);
        var lost = written.Where(question => !accepted.Contains(question)).ToArray();
        lost.Length.Should().BeLessThan(written.Length / 100, "{0}", string.Join(Environment.NewLine, lost));
    }

    [Fact]
    public void A_changed_number_never_passes()
    {
        var grounding = new GroundingChecker();
        var changed = 0;
        foreach (
            var pair in Recorded.Value.Review.Accepted.Where(pair =>
                pair.Sources.All(source => source.StartsWith("tr/", StringComparison.Ordinal))))
        {
            var (turn, chunks) = (pair.Pair.Turns[0], pair.Sources.Select(source => ErpDocumentation.Chunks[source]).ToArray());
            var at = turn.Answer.IndexOfAny([.. "123456789"]);
            if (at < 0 || turn.Answer.Contains('\n', StringComparison.Ordinal)) continue;
            var wrong = $"{turn.Answer[..at]}{(turn.Answer[at] - '0') % 9 + 1}7{turn.Answer[(at + 1)..]}";
            changed++;
            grounding
                .Trace(turn with { Answer = wrong }, chunks)
                .Should()
                .Contain(claim => claim.Problem.Length > 0, "{0}", wrong);
        }
        changed.Should().BeGreaterThan(100);
    }

    [Fact]
    public void Claims_are_traced_to_the_places_that_say_them()
    {
        var pair = Recorded.Value.Review.Accepted.Single(pair =>
            pair.Pair.Turns[0].Question == "BAK-250311-07 lot kodu ne anlatır?");
        pair.Sources.Should().Equal("tr/hammadde/mal-kabul#qr-etiket-ve-lot-kodu");
        pair.Claims.Select(claim => claim.Text).Should().HaveCount(2);
        pair.Claims.SelectMany(claim => claim.Evidence)
            .Select(evidence => ErpDocumentation.Chunks[evidence.ChunkId].Text.Substring(evidence.Start, evidence.Length).Trim())
            .Should()
            .Contain(
                "Lot kodu; malzeme öneki, altı haneli tarih ve günlük sıradan oluşur: `BAK-250311-07`, 11 Mart "
                    + "2025'te gelen yedinci bakır lotudur.");
    }

    [Fact]
    public void Faults_that_the_rules_miss_are_listed()
    {
        // Correct words in a wrong relation: only a judge detects them. If the rules learn to, this test fails and must be
        // changed.
        var chunk = ErpDocumentation.Chunks["tr/lab/testler#test-turleri"];
        new GroundingChecker()
            .Trace(
                new("Numune testleri ne zaman yapılır?", "Numune testleri her makarada, rutin testler her lotta yapılır."),
                [chunk])
            .Should()
            .OnlyContain(claim => claim.Problem.Length == 0);
    }

    [Fact]
    public void An_answer_about_another_language_needs_a_number_or_a_code()
    {
        var chunk = ErpDocumentation.Chunks["en/finans/invoices#issuing-an-invoice"];
        string Problem(string answer) => new GroundingChecker().Trace(new("Soru?", answer), [chunk])[0].Problem;
        Problem("Mal bedeli 25.216,80 USD tutar.").Should().BeEmpty();
        Problem("Mal bedeli 25.216,81 USD tutar.").Should().Be("\"25216.81\" is not in the chunks");
        Problem("Fatura sevkiyattan kesilir.").Should().Be("no number or code, and the chunk is in another language");
    }

    [Theory]
    [InlineData("Hayır, alınamaz.", "")]
    [InlineData("Bu yanlış kayıt ters kayıtla düzeltilir.", "")]
    [InlineData("Aslında iki yol vardır.", "")]
    [InlineData("30 gündür. Bekle, bu yanlış: 60 gündür.", "bekle, bu yanlış")]
    [InlineData("30'dur. Özür dilerim, 60'tır.", "özür dilerim")]
    public void Retractions_are_distinguished_from_negations(string answer, string found)
    {
        var chunk = ErpDocumentation.Chunks["tr/stok/sayim#sayim-farkinin-islenmesi"];
        var shown = LabeledChunks.Select(ErpDocumentation.Chunks, [chunk.ChunkId]);
        var pair = new QaPair(
            "g:1", "g", QuestionType.Factual, Difficulty.Easy,
            [new("Sayım farkı kaç günde işlenir?", answer)],
            [chunk.ChunkId]);
        var (reason, evidence) = new PairChecks(shown, AnswerLength.ForV2).FindProblem(pair, []);
        if (found.Length == 0) evidence.Should().BeEmpty();
        else (reason, evidence).Should().Be((RejectionReason.SelfCorrection, found));
    }

    [Theory]
    [InlineData("Kısa bir yanıt yeterlidir.", Difficulty.Easy, "")]
    [InlineData("Bir. İki. Üç.", Difficulty.Easy, "3 sentences, allowed 1 … 2")]
    [InlineData("Tek tümce.", Difficulty.Medium, "1 sentence, allowed 2 … 4")]
    [InlineData("Bir. İki. Üç.", Difficulty.Hard, "3 sentences, allowed 4 … 6")]
    public void The_first_generation_has_bounds_in_sentences(string answer, Difficulty difficulty, string problem)
    {
        var shown = LabeledChunks.Select(ErpDocumentation.Chunks, ["tr/stok/sayim#sayim-farkinin-islenmesi"]);
        var pair = new QaPair("g:1", "g", QuestionType.Factual, difficulty, [new("Fark nasıl işlenir?", answer)], []);
        var found = new PairChecks(shown, AnswerLength.ForV1).FindProblem(pair, []);
        if (problem.Length == 0) found.Evidence.Should().BeEmpty();
        else found.Should().Be((RejectionReason.Length, problem));
    }

    [Fact]
    public void A_judge_needs_a_quotation_that_is_there()
    {
        var shown = new[] { ErpDocumentation.Chunks["tr/stok/sayim#sayim-farkinin-islenmesi"] };
        string Objection(bool answers, string claims) =>
            Judge.FindObjection($"{{\"answers_question\":{(answers ? "true" : "false")},\"claims\":[{claims}]}}", shown);
        Objection(true, """{"claim":"c","supported":true,"quote":"Telbis ikinci bir\n sayım ister."}""").Should().BeEmpty();
        Objection(true, """{"claim":"c","supported":true,"quote":"Telbis üçüncü bir sayım ister."}""")
            .Should()
            .StartWith("the judge's quotation is not in the chunk");
        Objection(true, """{"claim":"c","supported":true,"quote":" "}""")
            .Should()
            .StartWith("the judge's quotation is not in the chunk");
        Objection(true, """{"claim":"üç sayım","supported":false,"quote":""}""").Should().Be("not supported: üç sayım");
        Objection(false, """{"claim":"c","supported":true,"quote":"Telbis"}""")
            .Should()
            .Be("the answer does not answer the question");
        Objection(true, "").Should().Be("the judge lists no claim");
        Judge.FindProblem("{\"answers_question\":true}").Should().StartWith("the reply: ").And.Contain("claims");
        Judge.FindProblem("{\"answers_question\":true,\"claims\":[]}").Should().BeEmpty();
    }

    [Fact]
    public void What_a_judge_objects_to_is_rejected_and_old_objections_do_not_count()
    {
        var (blueprint, journal, review) = Recorded.Value;
        var pair = review.Accepted[0];
        var request = new Judge(Prompt.Load("judge"), ErpDocumentation.Chunks).CreateRequest(pair, "j");
        Review With(string context, string text)
        {
            var state = new JournalState();
            foreach (var reply in journal.Replies) state.Add(reply);
            state.Add(
                new RepliedEntry(
                    DateTimeOffset.UnixEpoch, 9999, request.Id, 1, request.Group, context, "j", request.Prompt, text, "", 0, 0, 0,
                    0, ""));
            return Review.Create(blueprint, ErpDocumentation.Chunks, state);
        }
        const string no = """{"answers_question":false,"claims":[]}""";
        With(request.Context, no)
            .Rejected.Should()
            .Contain(rejection => rejection.Id == pair.Pair.Id && rejection.Reason == RejectionReason.Judge);
        With("another text of the chunk", no).Accepted.Should().HaveCount(review.Accepted.Count);
    }

    private static string Question(string raw)
    {
        var item = System.Text.Json.JsonDocument.Parse(raw).RootElement;
        return (item.TryGetProperty("turns", out var turns) ? turns[0] : item).GetProperty("question").GetString()!;
    }

    private static (Blueprint, JournalState, Review) Replay()
    {
        var blueprint = Blueprint.Create(ErpDocumentation.Chunks.All);
        var requests = new GroupRequestBuilder(ErpDocumentation.Chunks, Prompt.Load("v2"), "");
        var provider = new ReplayProvider(ErpDocumentation.Replies);
        var state = new JournalState();
        var send = 0L;
        foreach (var request in blueprint.Groups.Select(group => requests.Build(group, "recorded")))
            for (var attempt = 1; state.FindAnswer(request.Id) is null; attempt++)
            {
                var reply = provider.GetReplyAsync(request, attempt, default).GetAwaiter().GetResult();
                state.Add(
                    new ReceivedEntry(
                        DateTimeOffset.UnixEpoch, ++send, "", request.Id, attempt, request.Group, request.Context, request.Model,
                        request.Prompt, reply.Format, reply.Encoding, reply.Body, ModelPrice.Free, 0, 0));
            }
        return (blueprint, state, Review.Create(blueprint, ErpDocumentation.Chunks, state));
    }
}

using FluentAssertions;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Serving;

[Trait("Suite", "Fast")]
public sealed class BatchSchedulerTests
{
    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;
    private static readonly int Letter = Tokenizer.EncodeToIds("k")[0];

    [Fact]
    public async Task A_long_prompt_is_read_in_chunks_while_another_text_gets_a_token_at_every_step()
    {
        using var decoder = new FakeDecoder(Tokenizer, 1_000_000, _ => Letter);
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 2, PrefillTokens = 32 });
        using var left = new CancellationTokenSource();
        var running = scheduler.Submit(Request(length: 3, tokens: 900_000), left.Token);
        await running.Parts.ReadAsync(Cancel);
        var longer = await scheduler.Submit(Request(length: 300, tokens: 2)).Result;
        longer.Answer.TokenIds.Should().HaveCount(2);
        await left.CancelAsync();
        await running.Result;
        var chunks = decoder.Steps.Where(step => step.Any(read => read.Length > 3)).ToArray();
        chunks.Should().HaveCountGreaterThanOrEqualTo(9, "300 tokens need ten chunks of 32");
        chunks.Should().OnlyContain(step => step.Length == 2 && step.Min(read => read.Length) == 1);
        chunks.SelectMany(step => step).Max(read => read.Length).Should().Be(32);
    }

    [Fact]
    public async Task Waiting_clients_take_turns()
    {
        var (order, entered, started) = (new List<int>(), new TaskCompletionSource(), new TaskCompletionSource());
        using var decoder = new FakeDecoder(Tokenizer, 100, text =>
        {
            lock (order) order.Add(text[1]);
            return Letter;
        });
        decoder.BeforeStep = () =>
        {
            entered.TrySetResult();
            started.Task.Wait();
        };
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 1 });
        GeneratedText Ask(string client, int mark) => scheduler.Submit(
            new([SpecialTokens.BeginOfText, mark], SamplingOptions.Greedy(1)) { Client = client });
        var first = Ask("a", 20);
        await entered.Task;
        GeneratedText[] all = [first, Ask("a", 21), Ask("a", 22), Ask("a", 23), Ask("b", 30), Ask("b", 31), Ask("c", 40)];
        started.SetResult();
        await Task.WhenAll(all.Select(text => text.Result));
        order.Should().Equal(20, 21, 30, 40, 22, 31, 23);
    }

    [Fact]
    public async Task Refuses_what_does_not_fit_the_queue_and_takes_all_texts_of_a_request_or_none()
    {
        using var gate = new SemaphoreSlim(0);
        using var decoder = new FakeDecoder(Tokenizer, 100, _ => Letter) { BeforeStep = () => gate.Wait(Cancel) };
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 1, MaxQueue = 2 });
        var accepted = new List<GeneratedText>();
        for (var i = 0; i < 3; i++) accepted.Add(scheduler.Submit(Request(2, 1)));
        scheduler.Invoking(it => it.Submit(Request(2, 1))).Should().Throw<QueueFullException>()
            .Which.RetryAfter.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        gate.Release(1);
        await accepted[0].Result;
        scheduler.Invoking(it => it.SubmitAll([Request(2, 1), Request(2, 1)])).Should().Throw<QueueFullException>();
        accepted.Add(scheduler.Submit(Request(2, 1)));
        gate.Release(100);
        (await Task.WhenAll(accepted.Select(text => text.Result))).Should().HaveCount(4);
        scheduler.Counters.FinishedTexts.Should().Be(4);
    }

    [Fact]
    public async Task A_canceled_text_ends_at_once_running_or_waiting_and_its_memory_is_used_again()
    {
        using var decoder = new FakeDecoder(Tokenizer, 5000, _ => Letter);
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 1 });
        using var left = new CancellationTokenSource();
        var running = scheduler.Submit(Request(2, 4000), left.Token);
        await running.Parts.ReadAsync(Cancel);
        using var impatient = new CancellationTokenSource();
        var waiting = scheduler.Submit(Request(2, 4000), impatient.Token);
        var last = scheduler.Submit(Request(2, 3));
        await impatient.CancelAsync();
        (await waiting.Result).Answer.Should().Match<Answer>(answer =>
            answer.FinishReason == FinishReason.Cancelled && answer.TokenIds.Count == 0);
        running.Result.IsCompleted.Should().BeFalse();
        await left.CancelAsync();
        var cut = (await running.Result).Answer;
        cut.FinishReason.Should().Be(FinishReason.Cancelled);
        cut.Text.Should().Be(new string('k', cut.TokenIds.Count));
        (await last.Result).Answer.Text.Should().Be("kkk");
        (decoder.CreatedSequences, scheduler.Counters.CancelledTexts, scheduler.Counters.Running).Should().Be((1, 2, 0));
    }

    [Fact]
    public async Task The_next_turn_of_a_conversation_computes_only_what_is_new()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Iğdır'da, üç makara.");
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 3 });
        var template = new ChatTemplate(Tokenizer);
        var conversations = new[] { "Makara nerede?", "Kablo kaç metre?", "Bobin nerede?" }
            .Select(question => new Conversation(ChatMessage.User(question))).ToArray();
        foreach (var turn in Enumerable.Range(1, 3))
            foreach (var i in Enumerable.Range(0, conversations.Length))
            {
                var prompt = template.RenderPrompt(conversations[i]);
                var result = await scheduler.Submit(new(prompt, SamplingOptions.Greedy(40))).Result;
                result.Answer.Text.Should().Be("Iğdır'da, üç makara.");
                if (turn > 1)
                    result.CachedTokens.Should().BeGreaterThan(
                        prompt.Count * (turn - 1) / (turn + 1), "its own conversation was cached, not that of another");
                conversations[i] = conversations[i].Append(ChatMessage.Assistant(result.Answer.Text))
                    .Append(ChatMessage.User($"Peki {turn}. depo?"));
            }
        decoder.CreatedSequences.Should().Be(3);
    }

    [Fact]
    public async Task Memory_is_bounded_by_the_number_of_texts_at_once()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 2, MaxQueue = 100 });
        var template = new ChatTemplate(Tokenizer);
        var texts = Enumerable.Range(0, 60).Select(i => scheduler.Submit(
            new(template.RenderPrompt(new(ChatMessage.User($"{i * 7919}. soru?"))), SamplingOptions.Greedy(10)))).ToArray();
        (await Task.WhenAll(texts.Select(text => text.Result))).Should().OnlyContain(result => result.Answer.Text == "Evet.");
        decoder.CreatedSequences.Should().Be(2);
        decoder.Steps.Max(step => step.Length).Should().Be(2);
    }

    [Fact]
    public async Task A_failure_ends_the_texts_of_the_step_and_no_others()
    {
        var failures = 1;
        using var decoder = new FakeDecoder(Tokenizer, 100, _ => Letter)
        {
            BeforeStep = () =>
            {
                if (Interlocked.Decrement(ref failures) == 0) throw new InvalidOperationException("no memory");
            },
        };
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 1 });
        var (first, second) = (scheduler.Submit(Request(2, 2)), scheduler.Submit(Request(2, 2)));
        (await first.Invoking(text => text.Result).Should().ThrowAsync<InvalidOperationException>()).WithMessage("no memory");
        (await first.Parts.WaitToReadAsync(Cancel)).Should().BeFalse("a reader of the text must not wait for more");
        (await second.Result).Answer.Text.Should().Be("kk");
    }

    [Fact]
    public async Task A_logit_that_is_not_a_number_ends_one_text_with_the_reason()
    {
        using var model = new RandomModel(20);
        using var inner = new TurkishLlm.Inference.Decoding.TensorDecoder(model.Model);
        using var decoder = new NaNDecoder(inner);
        using var scheduler = Scheduler(decoder, new() { MaxTexts = 2 });
        var (ill, well) = (scheduler.Submit(Request(9, 3)), scheduler.Submit(Request(2, 3)));
        (await ill.Invoking(text => text.Result).Should().ThrowAsync<InvalidDataException>()).WithMessage("A logit is NaN*");
        (await well.Result).Answer.TokenIds.Should().NotBeEmpty();
    }

    [Fact]
    public async Task Stops_after_the_accepted_texts_or_cuts_them_off_at_the_limit()
    {
        using var decoder = new FakeDecoder(Tokenizer, 5000, _ => Letter);
        using var patient = Scheduler(decoder, new() { MaxTexts = 1 });
        var accepted = new[] { patient.Submit(Request(2, 30)), patient.Submit(Request(2, 30)) };
        await patient.StopAsync(TimeSpan.FromMinutes(1));
        accepted.Should().OnlyContain(text => text.Result.Result.Answer.TokenIds.Count == 30);
        patient.Invoking(it => it.Submit(Request(2, 1))).Should().Throw<SchedulerStoppedException>();

        using var slow = new FakeDecoder(Tokenizer, 5000, _ => Letter) { BeforeStep = () => Thread.Sleep(5) };
        using var hasty = Scheduler(slow, new() { MaxTexts = 1 });
        var cut = hasty.Submit(Request(2, 4000));
        await cut.Parts.ReadAsync(Cancel);
        await hasty.StopAsync(TimeSpan.FromMilliseconds(20));
        (await cut.Result).Answer.FinishReason.Should().Be(FinishReason.Cancelled);
    }

    [Fact]
    public void Says_what_is_wrong_with_a_request()
    {
        using var decoder = new FakeDecoder(Tokenizer, 10, _ => Letter);
        using var scheduler = Scheduler(decoder, new());
        string Error(TextRequest request) =>
            scheduler.Invoking(it => it.Submit(request)).Should().Throw<Exception>().Which.Message;
        Error(new([], new())).Should().StartWith("The prompt has no token.");
        Error(Request(10, 1)).Should().StartWith("The prompt has 10 tokens; the model's context of 10 must also hold the text.");
        Error(new([99_999], new())).Should().StartWith("Token 99999 is outside the vocabulary of 2048 ids.");
        Error(Request(2, 0)).Should().Be("max_tokens is 0; it must be at least 1.");
        Error(Request(2, 1) with { StopSequences = [""] }).Should().StartWith("A stop sequence is empty");
        FluentActions.Invoking(() => Scheduler(decoder, new() { MaxTexts = 0, PrefillTokens = 0 }))
            .Should().Throw<Exception>().WithMessage("*max_texts is 0*prefill_tokens is 0*");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static BatchScheduler Scheduler(TurkishLlm.Inference.Decoding.IDecoder decoder, BatchOptions options) =>
        new(decoder, Tokenizer, options, TimeProvider.System);

    private static TextRequest Request(int length, int tokens) =>
        new([SpecialTokens.BeginOfText, .. Enumerable.Repeat(Letter, length - 1)], SamplingOptions.Greedy(tokens));
}

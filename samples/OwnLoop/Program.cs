// A training loop of your own that starts only if the requirements of training loops hold for it. They judge `BigramLoop`;
// `Trainer` is the same loop with a constructor that requires a clearance, which only a gate creates. It is judged and runs on
// the CPU in float32.
using System.Globalization;
using OwnLoop;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

var facts = new LoopFacts(Vocabulary: Bigrams.Vocabulary, Time: 16) { Rate = (options, _) => options.PeakRate, Clips = false };
var clearance = Gate.With(Judge.Loop(facts, options => new BigramLoop(options))).Clear(Conditions.Cpu);
var judgments = clearance.Report.Judgments;
var skipped = judgments.Count(judgment => judgment.Verdict.IsSkipped);
Console.WriteLine($"{judgments.Count - skipped} cases hold, {skipped} skipped");

using var trainer = new Trainer(new(Seed: 7) { PeakRate = 0.05 }, clearance);
var ids = randint(0, Bigrams.Vocabulary, [4, 16], int64);
for (var step = 0; step <= 100; step++)
{
    var loss = trainer.Step([new(ids, ids.roll(-1, 1))]).Loss;
    if (step % 20 == 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step,3}  loss {loss:F4}"));
}

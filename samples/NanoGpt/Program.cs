// A GPT of your own: 26 requirements for decoders judge it as a black box, then it overfits a text.
using System.Globalization;
using NanoGpt;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Decoders;
using static TorchSharp.torch;

var requirements = Judge.Decoder(_ => Decoder.From(new Gpt(), Gpt.Vocabulary, Gpt.MaxLength) with { Tied = true });
requirements.Verify();
Console.WriteLine($"{requirements.Count} requirements hold, or are about what the model does not have");

const string Text = "Bir varmış, bir yokmuş; evvel zaman içinde, kalbur saman içinde.";
var characters = Text.Distinct().Order().ToArray();
var ids = tensor([.. Text.Select(c => (long)Array.IndexOf(characters, c))]).unsqueeze(0);               // [1, t]
var (inputs, targets) = (ids.narrow(1, 0, ids.size(1) - 1), ids.narrow(1, 1, ids.size(1) - 1));

random.manual_seed(7);
using var model = new Gpt();
using var optimizer = optim.AdamW(model.parameters(), lr: 3e-3);
for (var step = 0; step <= 100; step++)
{
    using var scope = NewDisposeScope();
    var loss = nn.functional.cross_entropy(model.forward(inputs).flatten(0, 1), targets.flatten());
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (step % 20 == 0)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step,3}  loss {loss.item<float>():F4}"));
}

using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Tests.Property.Conversations;

public sealed class ConversationProperties
{
    [Fact]
    public void SFT_01_answers_are_learned_and_nothing_else() => ChatSpec.Sft01_Answers.HoldsFor(ConversationArbitraries.Chat);

    [Fact]
    public void SFT_12_a_conversation_begins_as_it_did() => ChatSpec.Sft12_PrefixStable.HoldsFor(ConversationArbitraries.Chat);

    [Fact]
    public void SFT_21_training_and_use_read_the_same() => ChatSpec.Sft21_SameInUse.HoldsFor(ConversationArbitraries.Chat);

    [Fact]
    public void SFT_22_no_text_forges_a_control_token() => ChatSpec.Sft22_NoForgery.HoldsFor(ConversationArbitraries.Chat);

    [Fact]
    public void SFT_06_targets_are_the_marked_tokens() =>
        ExampleSpec.Sft06_Targets.HoldsFor(ConversationArbitraries.LossMasks, count: 200);

    [Fact]
    public void SFT_13_rows_are_their_examples() =>
        ExampleSpec.Sft13_PackedTargets.HoldsFor(ConversationArbitraries.Row, count: 200);

    [Fact]
    public void SFT_14_texts_of_a_row_do_not_read_one_another() =>
        PackingSpec.SFT_14_Isolation.HoldsFor(ConversationArbitraries.Packed, count: 40);

    [Fact]
    public void LOS_10_the_head_reads_what_counts() => PackingSpec.LOS_10_CountedRows.HoldsFor(ModelArbitraries.Model, count: 30);
}

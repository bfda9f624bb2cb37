// Every word that the app shows, in English. Another language is another value of this record.

using Maison.App.Arena;

namespace Maison.App;

/// <summary>The app's texts in one language.</summary>
public sealed record Texts
{
    public string Language { get; init; } = "en";
    public string Product { get; init; } = "Maison";
    public string Rooms { get; init; } = "Rooms";
    public string SkipToContent { get; init; } = "Skip to content";

    public string Home { get; init; } = "Home";
    public string Assistant { get; init; } = "Assistant";
    public string Images { get; init; } = "Images";
    public string VoiceLab { get; init; } = "Voice lab";
    public string Models { get; init; } = "Models";
    public ArenaTexts Arena { get; init; } = new();

    public string SignIn { get; init; } = "Sign in";
    public string SignOut { get; init; } = "Sign out";
    public string SignInTitle { get; init; } = "Welcome to your house";
    public string SignInHow { get; init; } = "Enter an API key of this server. The first start printed one; “maison keys new” makes another, and each start prints a link that signs in by itself.";
    public string Key { get; init; } = "Key";
    public string KeyMissing { get; init; } = "Enter a key: one word that begins with mk-.";
    public string LinkUsed { get; init; } = "This link was used already. Sign in with a key, or start the server again for a new link.";
    public string Stale { get; init; } = "This form is from another session. Reload the page and send it again.";

    public string Problem { get; init; } = "That did not work";
    public string BackHome { get; init; } = "Back home";

    public string GoodMorning { get; init; } = "Good morning";
    public string GoodAfternoon { get; init; } = "Good afternoon";
    public string GoodEvening { get; init; } = "Good evening";
    public string AskAnything { get; init; } = "What shall we think about?";
    public string Suggestions { get; init; } = "To begin with";
    public IReadOnlyList<string> Openers { get; init; } = ["Why is the sky blue?", "Write a short story about a lighthouse.", "What is a prime number?", "Tell me about the city of Paris."];
    public string Recent { get; init; } = "Recent chats";
    public string NothingYet { get; init; } = "Your chats will be listed here.";
    public string CanDo { get; init; } = "What this house can do now";
    public string Text { get; init; } = "Text";
    public string Voice { get; init; } = "Voice";
    public string Pictures { get; init; } = "Pictures";
    public string PicturesNow { get; init; } = "four at a time, from a line of words";
    public string NotHere { get; init; } = "not here yet";
    public string WhatIsMissing { get; init; } = "What is missing";

    public string Chats { get; init; } = "Chats";
    public string NewChat { get; init; } = "New chat";
    public string Untitled { get; init; } = "Untitled";
    public string Message { get; init; } = "Message";
    public string MessagePlaceholder { get; init; } = "Ask anything";
    public string Model { get; init; } = "Model";
    public string Send { get; init; } = "Send";
    public string Stop { get; init; } = "Stop";
    public string Regenerate { get; init; } = "Regenerate";
    public string AnswerNow { get; init; } = "Answer";
    public string Delete { get; init; } = "Delete chat";
    public string You { get; init; } = "You";
    public string Reasoning { get; init; } = "Reasoning";
    public string Thinking { get; init; } = "Thinking…";
    public string Stopped { get; init; } = "Stopped before the end.";
    public string Copy { get; init; } = "Copy";
    public string Copied { get; init; } = "Copied";
    public string Earlier { get; init; } = "Earlier messages";
    public string Latest { get; init; } = "Latest messages";
    public string Empty { get; init; } = "Write a message first.";
    public string NoModel { get; init; } = "No model is served. Start the server with one: maison models add PATH, then maison serve.";
    public string ChatHint { get; init; } = "Answers come from a model on this machine. It can be wrong; check what matters.";

    /// <summary>How many messages the model was not given.</summary>
    public string LeftOut(int count) => count == 1 ? "The oldest message no longer fits the model and was left out." : $"The {count} oldest messages no longer fit the model and were left out.";

    public string ModelsHow { get; init; } = "Everything that answers here, with what it learned from and how well it does.";
    public string Parameters { get; init; } = "Parameters";
    public string Context { get; init; } = "Context";
    public string Weights { get; init; } = "Weights";
    public string Licence { get; init; } = "Licence";
    public string OwnedBy { get; init; } = "From";
    public string Tokens { get; init; } = "tokens";
    public string NoCard { get; init; } = "This model has no card.";
    public string AllModels { get; init; } = "All models";
    public string TryIt { get; init; } = "Chat with it";

    public string ImagesMissing { get; init; } = "No image model is served yet. A clone brings one in models/maison-image-1; runs/image.sh trains another, and “maison serve --image-model FOLDER” serves it.";
    public string Prompt { get; init; } = "What is to be seen";
    public string PromptExample { get; init; } = "purple heart, 3D rendered emoji, glossy plastic, soft studio light, white background";
    public string Paint { get; init; } = "Paint four pictures";
    public string Seed { get; init; } = "Seed";
    public string Steps { get; init; } = "steps";
    public string PictureGone { get; init; } = "This picture is no longer kept. Paint it again.";
    public string ImagesHint { get; init; } = "The house's own model is small: it knows emoji, icons and pixel art best. A picture's file carries its recipe.";
    public string VoiceMissing { get; init; } = "No voice is served yet. A clone brings one in models/maison-voice-1; runs/voice.sh trains another, and “maison serve --voice-model FOLDER” serves it. This room then opens by itself.";
    public string SpeakText { get; init; } = "Text";
    public string SpeakExample { get; init; } = "It is ten past nine, and the lighthouse is lit.";
    public string Speak { get; init; } = "Speak";
}

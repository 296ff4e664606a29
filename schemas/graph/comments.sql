-- What every table, view and column is, kept in the database itself.

COMMENT ON TABLE graph_info IS 'The version of these tables. One row.';
COMMENT ON COLUMN graph_info.schema_version IS 'Version of tables and views; a newer one is refused by an older papergraph';
COMMENT ON COLUMN graph_info.created_at IS 'When the graph was made, UTC';
COMMENT ON COLUMN graph_info.settled IS 'True if the views read the tables of the schema settled; else they read the facts themselves, which takes longer';
COMMENT ON COLUMN graph_info.definitions IS 'Hash of the definitions of views and macros; where it differs they are made anew';

COMMENT ON TABLE runs IS 'Each ingest. found = loaded + skipped + failed.';
COMMENT ON COLUMN runs.run_id IS 'Key';
COMMENT ON COLUMN runs.started_at IS 'UTC';
COMMENT ON COLUMN runs.finished_at IS 'UTC; NULL while it runs or if it was killed';
COMMENT ON COLUMN runs.status IS 'running, done, done_with_failures, failed, or interrupted (killed; seen by the next run)';
COMMENT ON COLUMN runs.source IS 'What was ingested, as it was asked for';
COMMENT ON COLUMN runs.n_found IS 'Papers found in the source';
COMMENT ON COLUMN runs.n_loaded IS 'Papers new in the graph or replaced by this run';
COMMENT ON COLUMN runs.n_skipped IS 'Papers that were in the graph already, read in the same way';
COMMENT ON COLUMN runs.n_failed IS 'Papers that could not be read; see failures';
COMMENT ON COLUMN runs.settings IS 'Settings, model revisions and knowledge-base revision';
COMMENT ON COLUMN runs.stage_seconds IS 'Seconds spent in each stage';

COMMENT ON TABLE papers IS 'The papers that were read, one row each. Offsets everywhere point into its text, see the view texts.';
COMMENT ON COLUMN papers.paper_id IS 'Key: first 16 hex digits of the SHA-256 of the PDF';
COMMENT ON COLUMN papers.file_name IS 'Name of the PDF';
COMMENT ON COLUMN papers.source IS 'Path or address it came from; archive.tar!/member.pdf inside an archive';
COMMENT ON COLUMN papers.title IS 'Title that a manifest gives, else as printed; NULL if none was found';
COMMENT ON COLUMN papers.doi IS 'Digital object identifier that a manifest gives, else as printed, without https://doi.org/';
COMMENT ON COLUMN papers.arxiv_id IS 'arXiv identifier that a manifest gives, else as printed';
COMMENT ON COLUMN papers.year IS 'Year of publication that a manifest gives, else as far as the paper says';
COMMENT ON COLUMN papers.language IS 'Language of the text, ISO 639-1; as a manifest writes it if that gives one';
COMMENT ON COLUMN papers.n_pages IS 'Pages of the PDF';
COMMENT ON COLUMN papers.n_chars IS 'Characters (Unicode code points) of its text';
COMMENT ON COLUMN papers.scanned IS 'True if its pages are pictures';
COMMENT ON COLUMN papers.status IS 'loaded, or empty: read, but without any text';
COMMENT ON COLUMN papers.ingested_at IS 'When its facts were loaded, UTC';
COMMENT ON COLUMN papers.run_id IS 'The run that loaded its facts: runs.run_id';
COMMENT ON COLUMN papers.fingerprint IS 'Hash of code, settings, models and knowledge base that read it';
COMMENT ON COLUMN papers.metadata IS 'What a manifest says of it: its columns as a JSON object, paths aside; NULL if no manifest named it';
COMMENT ON COLUMN papers.field IS 'Field of science, found by what title and abstract are about; the models know computer science: facts of other fields have low scores';
COMMENT ON COLUMN papers.printed IS 'What the paper itself says where a manifest may say otherwise: title, doi, arxiv_id, year, language; NULL if no manifest named it';

COMMENT ON TABLE blocks IS 'Paragraphs, headings, tables and the like, in reading order. Key: paper_id, start_char.';
COMMENT ON COLUMN blocks.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN blocks.start_char IS 'First character, from 0';
COMMENT ON COLUMN blocks.end_char IS 'Character after the last';
COMMENT ON COLUMN blocks.kind IS 'title, authors, affiliations, abstract, heading, paragraph, caption, table, reference, footnote, formula, other';
COMMENT ON COLUMN blocks.text IS 'What is printed in it';
COMMENT ON COLUMN blocks.page IS 'Page on which it starts, from 0';
COMMENT ON COLUMN blocks.x0 IS 'Left edge, points from the left of the page';
COMMENT ON COLUMN blocks.y0 IS 'Upper edge, points from the top of the page';
COMMENT ON COLUMN blocks.x1 IS 'Right edge';
COMMENT ON COLUMN blocks.y1 IS 'Lower edge';
COMMENT ON COLUMN blocks.section IS 'abstract, introduction, related, method, experiments, results, discussion, conclusion, acknowledgements, references, appendix; empty before the first heading and under headings that name none';

COMMENT ON TABLE sentences IS 'Sentences (or blocks) in which a relation was read. Key: paper_id, start_char, end_char.';
COMMENT ON COLUMN sentences.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN sentences.start_char IS 'First character, from 0';
COMMENT ON COLUMN sentences.end_char IS 'Character after the last';
COMMENT ON COLUMN sentences.page IS 'Page on which it starts, from 0';
COMMENT ON COLUMN sentences.text IS 'The sentence';

COMMENT ON TABLE mentions IS 'Every place where a paper names something. Key: paper_id, mention_id.';
COMMENT ON COLUMN mentions.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN mentions.mention_id IS 'start_char-end_char-label';
COMMENT ON COLUMN mentions.label IS 'Author, Institution, Method, Dataset, Task, Metric or Result';
COMMENT ON COLUMN mentions.text IS 'As printed';
COMMENT ON COLUMN mentions.page IS 'Page, from 0';
COMMENT ON COLUMN mentions.start_char IS 'First character, from 0';
COMMENT ON COLUMN mentions.end_char IS 'Character after the last';
COMMENT ON COLUMN mentions.score IS 'Probability that this is a mention of this type';
COMMENT ON COLUMN mentions.entity_id IS 'What it names: entities.entity_id; NULL for a Result and for what a correction says is no name';
COMMENT ON COLUMN mentions.block_kind IS 'Kind of the block that holds it whole, see blocks.kind';
COMMENT ON COLUMN mentions.model IS 'Revision of the model or rules that found it';
COMMENT ON COLUMN mentions.x0 IS 'Of a Result: left edge of the words of a table, else of the line that print it, in points from the left of the page; NULL for other types, and in papers read before schema 7';
COMMENT ON COLUMN mentions.y0 IS 'As x0: top edge, in points from the top of the page';
COMMENT ON COLUMN mentions.x1 IS 'As x0: right edge';
COMMENT ON COLUMN mentions.y1 IS 'As x0: bottom edge';
COMMENT ON COLUMN mentions.condition IS 'Of a Result in a table: what its heads say besides method, data set and measure, such as dev or 5 shots, and what tells its caption from one that is nearly the same; NULL if nothing';

COMMENT ON TABLE abbreviations IS 'Short forms defined in a paper. Key: paper_id and the four offsets.';
COMMENT ON COLUMN abbreviations.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN abbreviations.short IS 'Short form as printed';
COMMENT ON COLUMN abbreviations.long IS 'Long form as printed';
COMMENT ON COLUMN abbreviations.short_start_char IS 'First character of the short form where it is defined';
COMMENT ON COLUMN abbreviations.short_end_char IS 'Character after its last';
COMMENT ON COLUMN abbreviations.long_start_char IS 'First character of the long form';
COMMENT ON COLUMN abbreviations.long_end_char IS 'Character after its last';

COMMENT ON TABLE relations IS 'Relations between two mentions. Key: paper_id, label, head_id, tail_id. For facts see triples.';
COMMENT ON COLUMN relations.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN relations.label IS 'affiliated_with, evaluated_on, trained_on, used_for, part_of, subclass_of, subtask_of, synonym_of, compared_with, benchmark_for, achieves, measured_by or measured_on; reads from head to tail';
COMMENT ON COLUMN relations.head_id IS 'mentions.mention_id of the head';
COMMENT ON COLUMN relations.tail_id IS 'mentions.mention_id of the tail';
COMMENT ON COLUMN relations.head_label IS 'Type of the head';
COMMENT ON COLUMN relations.tail_label IS 'Type of the tail';
COMMENT ON COLUMN relations.head_entity_id IS 'What the head names: entities.entity_id; NULL for a Result and for what a correction says is no name';
COMMENT ON COLUMN relations.tail_entity_id IS 'What the tail names: entities.entity_id; NULL for a Result and for what a correction says is no name';
COMMENT ON COLUMN relations.page IS 'Page on which the sentence starts, from 0';
COMMENT ON COLUMN relations.sentence_start_char IS 'First character of the sentence in which it was read';
COMMENT ON COLUMN relations.sentence_end_char IS 'Character after its last';
COMMENT ON COLUMN relations.score IS 'Probability that the relation holds';
COMMENT ON COLUMN relations.model IS 'Revision of the model or rules that found it';

COMMENT ON TABLE links IS 'How mentions were linked to entities. Key: paper_id, mention_id.';
COMMENT ON COLUMN links.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN links.mention_id IS 'mentions.mention_id';
COMMENT ON COLUMN links.entity_id IS 'What the linker said, before merges and corrections; mentions.entity_id is what holds';
COMMENT ON COLUMN links.kb IS 'Knowledge base that has the entity; empty for an entity of our own';
COMMENT ON COLUMN links.name IS 'Name of the entity in that knowledge base; NULL for our own';
COMMENT ON COLUMN links.score IS 'Probability that the mention names this entity';
COMMENT ON COLUMN links.model IS 'Revision of linker and knowledge base';

COMMENT ON TABLE entities IS 'What papers speak of, one row each over all papers.';
COMMENT ON COLUMN entities.entity_id IS 'Key: id in a knowledge base (ror:..., pwc:...), or our own (pg:method/...), stable over runs';
COMMENT ON COLUMN entities.label IS 'Author, Institution, Method, Dataset, Task or Metric';
COMMENT ON COLUMN entities.name IS 'Name in its knowledge base; for our own the form printed in most papers';
COMMENT ON COLUMN entities.kb IS 'Knowledge base that has it; empty for our own';

COMMENT ON TABLE paper_entities IS 'Which paper speaks of which entity, and how it prints it. Key: paper_id, entity_id.';
COMMENT ON COLUMN paper_entities.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN paper_entities.entity_id IS 'entities.entity_id';
COMMENT ON COLUMN paper_entities.name IS 'The form that the paper prints most often';
COMMENT ON COLUMN paper_entities.n_mentions IS 'How often the paper names it';
COMMENT ON COLUMN paper_entities.label IS 'Type of the entity';
COMMENT ON COLUMN paper_entities.kb IS 'Knowledge base that has it; empty for our own';
COMMENT ON COLUMN paper_entities.kb_name IS 'Its name in the knowledge base; NULL for our own';

COMMENT ON TABLE corrections IS 'What people have decided with papergraph correct. It survives ingests and wins over links and merges. Key: entity_id, paper_id, action, target_id.';
COMMENT ON COLUMN corrections.entity_id IS 'The entity that is corrected';
COMMENT ON COLUMN corrections.paper_id IS 'The paper in which it holds; empty for all papers';
COMMENT ON COLUMN corrections.action IS 'same: it is target_id too; different: it is not target_id (in one paper: there it is another thing, target_id); link: it is target_id, whose id stays; not_a_name: it is nothing';
COMMENT ON COLUMN corrections.target_id IS 'The other entity; empty for not_a_name';
COMMENT ON COLUMN corrections.target_name IS 'Name of the target, where a person gave it or a knowledge base has it';
COMMENT ON COLUMN corrections.target_kb IS 'Knowledge base that has the target; empty for our own';
COMMENT ON COLUMN corrections.note IS 'Why, in the words of who corrected it';
COMMENT ON COLUMN corrections.corrected_at IS 'When, UTC';

COMMENT ON TABLE merges IS 'Entities of our own that papergraph takes for one thing, found anew at the end of each run.';
COMMENT ON COLUMN merges.entity_id IS 'An entity of our own, as in links.entity_id';
COMMENT ON COLUMN merges.target_id IS 'The entity that it is';
COMMENT ON COLUMN merges.reason IS 'abbreviation, spelling, or person';
COMMENT ON COLUMN merges.evidence IS 'Why, for people';
COMMENT ON COLUMN merges.score IS 'How surely they are one thing, 0 to 1';

COMMENT ON TABLE resolutions IS 'What merges and corrections come to: which entity stands for the one that the linker gave.';
COMMENT ON COLUMN resolutions.entity_id IS 'As in links.entity_id';
COMMENT ON COLUMN resolutions.paper_id IS 'The paper in which it holds, before what holds for all; empty for all papers';
COMMENT ON COLUMN resolutions.resolved_id IS 'The entity that stands for it; NULL: it is no name';
COMMENT ON COLUMN resolutions.kb IS 'Knowledge base that has the resolved entity; empty for our own';
COMMENT ON COLUMN resolutions.name IS 'Name of the resolved entity, where a knowledge base or a person gives it';

COMMENT ON TABLE past_facts IS 'What papers said before they were read again. Key: paper_id, subject_id, predicate, object_id, run_id.';
COMMENT ON COLUMN past_facts.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN past_facts.subject_id IS 'As in facts';
COMMENT ON COLUMN past_facts.predicate IS 'As in facts';
COMMENT ON COLUMN past_facts.object_id IS 'As in facts';
COMMENT ON COLUMN past_facts.n_mentions IS 'How many times the paper said so';
COMMENT ON COLUMN past_facts.score IS 'Best probability in the paper';
COMMENT ON COLUMN past_facts.run_id IS 'The run that had read it: runs.run_id';
COMMENT ON COLUMN past_facts.replaced_by IS 'The run that read the paper anew: runs.run_id';

COMMENT ON TABLE failures IS 'Papers that could not be read, one row a source; it goes when the paper is loaded.';
COMMENT ON COLUMN failures.source IS 'Key: path or address';
COMMENT ON COLUMN failures.paper_id IS 'As in papers; empty if its bytes could not be read';
COMMENT ON COLUMN failures.file_name IS 'Name of the file';
COMMENT ON COLUMN failures.stage IS 'Where it failed: source, parse, tag, relate, link';
COMMENT ON COLUMN failures.error IS 'Code: encrypted, not_a_pdf, damaged, timeout, ...';
COMMENT ON COLUMN failures.message IS 'What is wrong and what can be done';
COMMENT ON COLUMN failures.failed_at IS 'When it was tried last, UTC';
COMMENT ON COLUMN failures.run_id IS 'The run that tried it last: runs.run_id';

COMMENT ON TABLE kb_sources IS 'What the knowledge bases used so far were made of.';
COMMENT ON COLUMN kb_sources.kb IS 'As in links.kb';
COMMENT ON COLUMN kb_sources.revision IS 'Revision of the knowledge base';
COMMENT ON COLUMN kb_sources.source IS 'File or address';
COMMENT ON COLUMN kb_sources.n_entries IS 'Entries taken from it';
COMMENT ON COLUMN kb_sources.licence IS 'Licence of the source';

COMMENT ON VIEW texts IS 'The text of each paper: its blocks in reading order, separated by an empty line.';
COMMENT ON COLUMN texts.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN texts.text IS 'substr(text, start_char + 1, end_char - start_char) is a span';

COMMENT ON VIEW authors IS 'Who wrote a paper, in the order printed.';
COMMENT ON COLUMN authors.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN authors.position IS 'From 1';
COMMENT ON COLUMN authors.name IS 'As printed';
COMMENT ON COLUMN authors.entity_id IS 'entities.entity_id';
COMMENT ON COLUMN authors.score IS 'Probability';

COMMENT ON VIEW affiliations IS 'Who works where, as a paper says.';
COMMENT ON COLUMN affiliations.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN affiliations.author IS 'As printed';
COMMENT ON COLUMN affiliations.institution IS 'As printed';
COMMENT ON COLUMN affiliations.author_id IS 'entities.entity_id';
COMMENT ON COLUMN affiliations.institution_id IS 'entities.entity_id';
COMMENT ON COLUMN affiliations.score IS 'Probability of the likeliest mention';

COMMENT ON VIEW method_datasets IS 'Which methods a paper ran on which datasets: relations between the two, and evaluated_on where a result of the method was measured on the dataset.';
COMMENT ON COLUMN method_datasets.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN method_datasets.method IS 'The form that the paper prints most often';
COMMENT ON COLUMN method_datasets.dataset IS 'The form that the paper prints most often';
COMMENT ON COLUMN method_datasets.relation IS 'evaluated_on, trained_on (method to dataset); used_for, benchmark_for (dataset to method)';
COMMENT ON COLUMN method_datasets.method_id IS 'entities.entity_id';
COMMENT ON COLUMN method_datasets.dataset_id IS 'entities.entity_id';
COMMENT ON COLUMN method_datasets.n_mentions IS 'How many times the paper says so';
COMMENT ON COLUMN method_datasets.score IS 'Probability of the likeliest mention';

COMMENT ON VIEW results IS 'Reported values: one row for each result x method x dataset x metric; NULL where not known.';
COMMENT ON COLUMN results.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN results.method IS 'Method that achieves it, as the paper prints it';
COMMENT ON COLUMN results.task IS 'Task of the dataset, else that of the title, else of the method';
COMMENT ON COLUMN results.dataset IS 'Dataset it was measured on';
COMMENT ON COLUMN results.metric IS 'Metric it was measured by';
COMMENT ON COLUMN results.value IS 'The number: 84.2 for 84.2%; NULL if none can be read';
COMMENT ON COLUMN results.unit IS 'What is printed behind the number, such as % or BLEU';
COMMENT ON COLUMN results.text IS 'The result as printed';
COMMENT ON COLUMN results.score IS 'Product of the probabilities of its relations';
COMMENT ON COLUMN results.page IS 'Page on which the value is printed, from 0';
COMMENT ON COLUMN results.x0 IS 'Left edge of the value in its table, else of its line, in points from the left of the page';
COMMENT ON COLUMN results.y0 IS 'Top edge, in points from the top of the page';
COMMENT ON COLUMN results.x1 IS 'Right edge';
COMMENT ON COLUMN results.y1 IS 'Bottom edge';
COMMENT ON COLUMN results.condition IS 'What the heads of its table say besides method, dataset and metric, such as dev or 5 shots, and what tells its caption from one that is nearly the same; NULL if nothing, and of a value in a sentence';

COMMENT ON VIEW result_facts IS 'results with the ids of everything and the sentence in which the result is said.';
COMMENT ON COLUMN result_facts.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN result_facts.result_id IS 'mentions.mention_id of the result';
COMMENT ON COLUMN result_facts.method_id IS 'entities.entity_id';
COMMENT ON COLUMN result_facts.task_id IS 'entities.entity_id';
COMMENT ON COLUMN result_facts.dataset_id IS 'entities.entity_id';
COMMENT ON COLUMN result_facts.metric_id IS 'entities.entity_id';
COMMENT ON COLUMN result_facts.value IS 'As in results';
COMMENT ON COLUMN result_facts.unit IS 'As in results';
COMMENT ON COLUMN result_facts.text IS 'As in results';
COMMENT ON COLUMN result_facts.page IS 'As in results';
COMMENT ON COLUMN result_facts.x0 IS 'As in results';
COMMENT ON COLUMN result_facts.y0 IS 'As in results';
COMMENT ON COLUMN result_facts.x1 IS 'As in results';
COMMENT ON COLUMN result_facts.y1 IS 'As in results';
COMMENT ON COLUMN result_facts.condition IS 'As in results';
COMMENT ON COLUMN result_facts.start_char IS 'First character of the sentence';
COMMENT ON COLUMN result_facts.end_char IS 'Character after its last';
COMMENT ON COLUMN result_facts.score IS 'As in results';

COMMENT ON VIEW leaderboard IS 'Results to compare over papers, under the names that hold for all papers.';
COMMENT ON COLUMN leaderboard.task IS 'entities.name';
COMMENT ON COLUMN leaderboard.dataset IS 'entities.name';
COMMENT ON COLUMN leaderboard.metric IS 'entities.name';
COMMENT ON COLUMN leaderboard.value IS 'The number';
COMMENT ON COLUMN leaderboard.method IS 'entities.name';
COMMENT ON COLUMN leaderboard.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN leaderboard.title IS 'Title of the paper';
COMMENT ON COLUMN leaderboard.page IS 'Page on which it is said, from 0';
COMMENT ON COLUMN leaderboard.sentence IS 'Sentence, or row of a table, in which it is said';
COMMENT ON COLUMN leaderboard.x0 IS 'As in results';
COMMENT ON COLUMN leaderboard.y0 IS 'As in results';
COMMENT ON COLUMN leaderboard.x1 IS 'As in results';
COMMENT ON COLUMN leaderboard.y1 IS 'As in results';
COMMENT ON COLUMN leaderboard.condition IS 'As in results';

COMMENT ON VIEW triples IS 'Facts between entities, merged over mentions and papers.';
COMMENT ON COLUMN triples.subject_id IS 'entities.entity_id; for synonym_of and compared_with the smaller id';
COMMENT ON COLUMN triples.subject IS 'entities.name';
COMMENT ON COLUMN triples.subject_type IS 'entities.label';
COMMENT ON COLUMN triples.predicate IS 'As in relations.label';
COMMENT ON COLUMN triples.object_id IS 'entities.entity_id';
COMMENT ON COLUMN triples.object IS 'entities.name';
COMMENT ON COLUMN triples.object_type IS 'entities.label';
COMMENT ON COLUMN triples.n_papers IS 'Papers that say so';
COMMENT ON COLUMN triples.n_mentions IS 'Times it is said';
COMMENT ON COLUMN triples.score IS 'Noisy-or over papers of the best probability in each (capped at 0.99), at most 0.999';

COMMENT ON VIEW facts IS 'Each relation as subject, predicate, object: what triples and evidence are made of.';
COMMENT ON COLUMN facts.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN facts.subject_id IS 'entities.entity_id; for a Result paper_id/mention_id';
COMMENT ON COLUMN facts.predicate IS 'As in relations.label';
COMMENT ON COLUMN facts.object_id IS 'entities.entity_id; for a Result paper_id/mention_id';
COMMENT ON COLUMN facts.page IS 'Page, from 0';
COMMENT ON COLUMN facts.start_char IS 'First character of the sentence';
COMMENT ON COLUMN facts.end_char IS 'Character after its last';
COMMENT ON COLUMN facts.model IS 'Revision of the model or rules';
COMMENT ON COLUMN facts.score IS 'Probability';

COMMENT ON VIEW paper_facts IS 'Facts of each paper, gathered over its sentences.';
COMMENT ON COLUMN paper_facts.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN paper_facts.subject_id IS 'As in facts';
COMMENT ON COLUMN paper_facts.predicate IS 'As in facts';
COMMENT ON COLUMN paper_facts.object_id IS 'As in facts';
COMMENT ON COLUMN paper_facts.n_mentions IS 'How often it is said';
COMMENT ON COLUMN paper_facts.score IS 'Probability: that of the likeliest sentence, raised a little by each other one';

COMMENT ON VIEW readings IS 'Facts merged over mentions and papers, those that contradict each other too.';
COMMENT ON COLUMN readings.subject_id IS 'As in facts';
COMMENT ON COLUMN readings.predicate IS 'As in facts';
COMMENT ON COLUMN readings.object_id IS 'As in facts';
COMMENT ON COLUMN readings.n_papers IS 'Papers that say it';
COMMENT ON COLUMN readings.n_mentions IS 'How often it is said';
COMMENT ON COLUMN readings.score IS 'Probability, merged over sentences and papers';

COMMENT ON VIEW disputes IS 'Readings that contradict a likelier one between the same two things: the same relation the other way round, synonym_of beside anything else, two of subclass_of, part_of and subtask_of, part_of beside compared_with. They are not in triples; their sentences are in the evidence of the fact that holds.';
COMMENT ON COLUMN disputes.subject_id IS 'Of the fact that holds, as in triples';
COMMENT ON COLUMN disputes.predicate IS 'Of the fact that holds';
COMMENT ON COLUMN disputes.object_id IS 'Of the fact that holds';
COMMENT ON COLUMN disputes.score IS 'Of the fact that holds';
COMMENT ON COLUMN disputes.reading IS 'What else is read of subject and object; with <- before it from object to subject';
COMMENT ON COLUMN disputes.other_subject_id IS 'Subject of the reading that does not hold';
COMMENT ON COLUMN disputes.other_predicate IS 'Its relation';
COMMENT ON COLUMN disputes.other_object_id IS 'Its object';
COMMENT ON COLUMN disputes.other_n_papers IS 'Papers that are read so';
COMMENT ON COLUMN disputes.other_n_mentions IS 'How often';
COMMENT ON COLUMN disputes.other_score IS 'Its probability, merged over sentences and papers';

COMMENT ON VIEW evidence IS 'Where each fact is said, and where something was read that contradicts it.';
COMMENT ON COLUMN evidence.subject_id IS 'As in triples; for a Result paper_id/mention_id';
COMMENT ON COLUMN evidence.predicate IS 'As in triples';
COMMENT ON COLUMN evidence.object_id IS 'As in triples; for a Result paper_id/mention_id';
COMMENT ON COLUMN evidence.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN evidence.page IS 'Page, from 0';
COMMENT ON COLUMN evidence.start_char IS 'First character of the sentence';
COMMENT ON COLUMN evidence.end_char IS 'Character after its last';
COMMENT ON COLUMN evidence.sentence IS 'The sentence';
COMMENT ON COLUMN evidence.model IS 'Revision of the model or rules that read it';
COMMENT ON COLUMN evidence.score IS 'Probability of the reading, by this sentence alone';
COMMENT ON COLUMN evidence.reading IS 'What the sentence was read to say of subject and object: the predicate, or what contradicts it and is less likely, with <- before it from object to subject';
COMMENT ON COLUMN evidence.reading_score IS 'Of a reading that contradicts the fact: its probability, merged over sentences and papers';

COMMENT ON VIEW entity_counts IS 'How much is said of each entity.';
COMMENT ON COLUMN entity_counts.entity_id IS 'entities.entity_id';
COMMENT ON COLUMN entity_counts.label IS 'entities.label';
COMMENT ON COLUMN entity_counts.name IS 'entities.name';
COMMENT ON COLUMN entity_counts.kb IS 'entities.kb';
COMMENT ON COLUMN entity_counts.n_papers IS 'Papers that name it';
COMMENT ON COLUMN entity_counts.n_mentions IS 'Times it is named';

COMMENT ON VIEW neighbours IS 'Each triple from both of its ends: what an entity is related to.';
COMMENT ON COLUMN neighbours.entity_id IS 'entities.entity_id';
COMMENT ON COLUMN neighbours.predicate IS 'As in triples';
COMMENT ON COLUMN neighbours.outgoing IS 'True if the entity is the subject';
COMMENT ON COLUMN neighbours.neighbour_id IS 'entities.entity_id of the other end';
COMMENT ON COLUMN neighbours.neighbour IS 'entities.name of the other end';
COMMENT ON COLUMN neighbours.neighbour_type IS 'entities.label of the other end';
COMMENT ON COLUMN neighbours.n_papers IS 'As in triples';
COMMENT ON COLUMN neighbours.n_mentions IS 'As in triples';
COMMENT ON COLUMN neighbours.score IS 'As in triples';

COMMENT ON VIEW origins IS 'Which run, models and knowledge base made each fact; runs.settings has the rest.';
COMMENT ON COLUMN origins.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN origins.head_id IS 'As subject_id in facts, save that compared_with and synonym_of are not turned';
COMMENT ON COLUMN origins.predicate IS 'As in facts';
COMMENT ON COLUMN origins.tail_id IS 'As object_id in facts';
COMMENT ON COLUMN origins.relation_model IS 'Revision of the model or rules that read the relation';
COMMENT ON COLUMN origins.head_model IS 'Revision of the model or rules that found the head';
COMMENT ON COLUMN origins.tail_model IS 'Revision of the model or rules that found the tail';
COMMENT ON COLUMN origins.head_linker IS 'Revision of the linker and knowledge base of the head; NULL for a Result';
COMMENT ON COLUMN origins.tail_linker IS 'Revision of the linker and knowledge base of the tail; NULL for a Result';
COMMENT ON COLUMN origins.run_id IS 'runs.run_id';
COMMENT ON COLUMN origins.ingested_at IS 'When the paper was loaded, UTC';
COMMENT ON COLUMN origins.fingerprint IS 'papers.fingerprint';

COMMENT ON TABLE settled.search_sentences IS 'The sentences that can be searched, numbered.';
COMMENT ON COLUMN settled.search_sentences.number IS 'Number within this graph';
COMMENT ON COLUMN settled.search_sentences.paper_id IS 'papers.paper_id';
COMMENT ON COLUMN settled.search_sentences.start_char IS 'As in sentences';
COMMENT ON COLUMN settled.search_sentences.end_char IS 'As in sentences';
COMMENT ON COLUMN settled.search_sentences.n_words IS 'Words, common ones left out';

COMMENT ON TABLE settled.search_postings IS 'Which words are in which sentence; see the macro search_sentences.';
COMMENT ON COLUMN settled.search_postings.word IS 'Lower case, without accents';
COMMENT ON COLUMN settled.search_postings.number IS 'settled.search_sentences.number';
COMMENT ON COLUMN settled.search_postings.n_times IS 'How often it is in the sentence';
COMMENT ON COLUMN settled.search_postings.n_words IS 'Words of the sentence';

COMMENT ON TABLE settled.search_names IS 'Which words are in the names of which entity; see the macro search_entities.';
COMMENT ON COLUMN settled.search_names.word IS 'Lower case, without accents';
COMMENT ON COLUMN settled.search_names.entity_id IS 'entities.entity_id';

COMMENT ON MACRO TABLE named IS 'Ids of what goes by a name (whatever its case), or has it as its id.';
COMMENT ON MACRO TABLE papers_of IS 'Papers that somebody has written, the newest first.';
COMMENT ON MACRO TABLE collaborators IS 'Institutions that share papers with an institution.';
COMMENT ON MACRO TABLE best_on IS 'The leaderboard of a dataset, best first; metric NULL: by all metrics; highest := false where less is better.';
COMMENT ON MACRO TABLE path IS 'The likeliest of the shortest chains of facts from one thing to another, at most max_hops (4) long.';
COMMENT ON MACRO TABLE search_sentences IS 'Sentences in which relations were read, by their words, the best first (BM25); max_rows := 20.';
COMMENT ON MACRO TABLE search_entities IS 'Entities one of whose names has all the words asked for; max_rows := 20.';
COMMENT ON MACRO TABLE facts_after IS 'What each paper said once a run had ended.';
COMMENT ON MACRO TABLE diff IS 'Facts that a later run gained, lost or scored otherwise.';
